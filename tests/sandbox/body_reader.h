// Reading side of HTTP/1.1: heads and bodies of requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/http.h"
#include "tests/sandbox/stream.h"

namespace sandbox {

// The request breaks the rules of RFC 9112; `status` is what the client gets.
class BadRequest : public std::runtime_error {
 public:
  explicit BadRequest(const std::string& what, int status = 400)
      : std::runtime_error(what), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

// Buffered reads from one stream.
class RequestReader {
 public:
  explicit RequestReader(Stream& stream);

  // Fills method, target, path, query and headers. False at an orderly end between requests.
  bool read_head(Request& request, bool& http_1_0);
  // A line without its CRLF. Throws BadRequest above `limit` and for a bare LF.
  std::string read_line(std::size_t limit);
  // A field section up to and with its empty line.
  HeaderList read_fields(std::size_t limit);
  // Up to `size` bytes, 0 at the end of the stream. Large reads bypass the buffer.
  std::size_t read_some(char* out, std::size_t size);

 private:
  bool fill();  // false at the end of the stream

  Stream& stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// The body of one request, by its framing fields.
class BodyReader {
 public:
  // Throws BadRequest where the framing is ambiguous. Trailer fields are put into `trailers`.
  BodyReader(RequestReader& reader, Stream& stream, const Request& request, HeaderList& trailers);

  std::size_t read(char* out, std::size_t size);
  // Whether the rest is known to be at most `limit` bytes and the client will send it unasked.
  bool can_drain(std::uint64_t limit) const;
  void drain();

 private:
  void next_chunk();

  RequestReader& reader_;
  Stream& stream_;
  HeaderList& trailers_;
  bool chunked_ = false;
  bool in_chunk_ = false;
  bool finished_ = false;
  bool awaits_continue_ = false;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
};

}  // namespace sandbox
