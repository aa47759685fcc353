// A chunked body taken apart (RFC 9112 section 7.1), with no room for interpretation: sizes are 1
// to 16 hexadecimal digits, lines end in CRLF, extensions are dropped, and all but the data is
// bounded. Not llhttp's, which refuses extensions with a value and takes what we do not.
// Pure; one per body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wif::http {

struct ChunkLimits {
  std::size_t line_bytes = 4u << 10;
  std::size_t extension_bytes = 64u << 10;  // per body
  std::size_t trailer_bytes = 16u << 10;
};

class ChunkedDecoder {
 public:
  // The limits outlive this.
  explicit ChunkedDecoder(const ChunkLimits& limits) : limits_(&limits) {}

  struct Piece {
    std::size_t consumed = 0;  // of the input
    std::size_t data_bytes = 0;
  };
  // The next bytes of the body, in pieces of any size; data moves to the front of `bytes`. A reason
  // code when they are refused. Nothing behind the end of the body is consumed.
  std::optional<std::string_view> decode(char* bytes, std::size_t size, Piece& out);
  bool done() const { return state_ == State::kDone; }

  // The lines behind the last chunk, each with its CRLF, not yet judged; complete when done().
  std::string& trailers() { return trailers_; }

 private:
  enum class State { kSize, kExtension, kData, kDataEnd, kTrailers, kDone };
  std::optional<std::string_view> take(char c);
  std::optional<std::string_view> take_size(char c);
  std::optional<std::string_view> end_line();
  std::optional<std::string_view> count(char c);

  const ChunkLimits* limits_;
  State state_ = State::kSize;
  bool carriage_return_ = false;  // was the last byte
  std::size_t line_bytes_ = 0;
  std::size_t digits_ = 0;
  std::uint64_t left_ = 0;  // of the chunk
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string trailers_;
};

}  // namespace wif::http
