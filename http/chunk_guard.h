// Watches the framing of a chunked body (RFC 9112 section 7.1) for what llhttp lets through: sizes
// of more than 16 digits, endless extensions, a lone LF, endless trailers. It sees only the bytes
// between the chunk data. Pure; one per body.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace wif::http {

struct ChunkLimits {
  std::size_t line_bytes = 4u << 10;
  std::size_t extension_bytes = 64u << 10;  // per body
  std::size_t trailer_bytes = 16u << 10;
};

class ChunkGuard {
 public:
  explicit ChunkGuard(const ChunkLimits& limits) : limits_(&limits) {}

  // Framing bytes in order, in pieces of any size; a reason code when they are refused.
  std::optional<std::string_view> feed(std::string_view framing);
  // Between two pieces of framing there was chunk data.
  void data_seen() { state_ = State::kAfterData; }

 private:
  enum class State { kSize, kExtension, kAfterData, kTrailers };
  std::optional<std::string_view> end_of_line();

  const ChunkLimits* limits_;
  State state_ = State::kSize;
  std::size_t line_bytes_ = 0;
  std::size_t digits_ = 0;
  bool zero_ = true;  // the size is 0 so far
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  char previous_ = 0;
};

}  // namespace wif::http
