// HTTP/1.1 bytes to heads and bodies (RFC 9112): heads by llhttp behind stricter checks of our own.
// No input or output; one parser per direction of a connection. Not thread-safe.
#pragma once

#include <llhttp.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/chunked.h"
#include "http/h1_lines.h"
#include "http/message.h"

namespace wif::http {

struct H1Limits {
  std::size_t max_request_line_bytes = 16u << 10;
  std::size_t max_header_bytes = 64u << 10;
  std::size_t max_field_bytes = 32u << 10;
  std::size_t max_header_fields = 100;
  std::size_t max_trailer_fields = 32;
  ChunkLimits chunk;
};

class H1Parser {
 public:
  H1Parser(HeadKind kind, const H1Limits& limits);
  H1Parser(const H1Parser&) = delete;
  H1Parser& operator=(const H1Parser&) = delete;

  // Parses one whole head, which ends with its empty line. In place, names are put into lower case
  // and folded lines of an answer into one (RFC 9112 5.2); the views in the result point into
  // `head`. Framing and host fields are taken out of the list.
  // Errors: kBadRequest or kHeadersTooLarge with the status to answer; kUpstreamProtocol.
  Result<void> parse_request_head(char* head, std::size_t size, RequestHead& out);
  // `method` is that of the request: it decides whether a body follows.
  Result<void> parse_response_head(char* head, std::size_t size, std::string_view method,
                                   ResponseHead& out);

  struct Body {
    std::size_t consumed = 0;  // of the input
    std::string_view data;     // decoded in place, at the start of the input
    bool last = false;         // the message is complete
  };
  // The next bytes of the body of the message whose head was parsed last, which has one.
  Result<Body> parse_body(char* bytes, std::size_t size);
  // The connection ended: the end of a close-delimited body, or an error.
  Result<void> end_of_input();

  // Fields behind a chunked body, complete when the last piece was returned.
  const Headers& trailers() const { return trailers_; }
  bool is_http10() const { return parser_.http_minor == 0; }
  // Reason code of the last refusal, for the log.
  std::string_view refusal() const { return refusal_; }

 private:
  struct Callbacks;
  Result<void> execute_head(char* head, std::size_t size);
  std::optional<std::string_view> check_lines(char* head, std::size_t size) const;
  Error refuse(std::string_view code, int status = 400);
  void start_body(bool chunked, const std::optional<std::uint64_t>& length);
  Result<void> read_trailers();

  HeadKind kind_;
  const H1Limits& limits_;
  llhttp_t parser_;
  std::string_view refusal_;

  // While a head is parsed: views into it.
  std::string_view target_;
  std::string_view reason_;

  // While a body is parsed.
  ChunkedDecoder chunks_;
  bool chunked_ = false;
  bool until_close_ = false;  // the body ends with the connection
  std::uint64_t left_ = 0;    // of a body of known length
  Headers trailers_;
};

}  // namespace wif::http
