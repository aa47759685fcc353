// A request that is accepted is written in a form that reads the same, holds no byte that
// could end a line, and its body does not depend on the pieces in which it comes.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/fuzz/h1_fuzz.h"

namespace wif::http {
namespace {

struct Parsed {
  explicit Parsed(std::string_view head_text)
      : text(head_text),
        parser(HeadKind::kRequest, limits),
        accepted(parser.parse_request_head(text.data(), text.size(), head)) {}

  H1Limits limits;
  std::string text;
  H1Parser parser;
  RequestHead head;
  bool accepted;
};

void check_round_trip(RequestHead head) {
  // What needs a proxy's word is not written: CONNECT, and a missing Host.
  if (head.method == "CONNECT" || head.authority.empty()) return;
  head.path_and_query = head.target;
  StringTransport transport;
  H1Writer writer(transport);
  writer.request(head, !head.has_body());
  run(writer.flush());
  const Parsed again(transport.written);
  if (!again.accepted) {
    // Longer than it was, by canonical spaces or the version.
    require(again.parser.refusal() == "request_line_too_long");
    return;
  }
  require(again.head.method == head.method && again.head.target == head.target);
  require(again.head.authority == head.authority);
  require(again.head.chunked == head.chunked);
  require(again.head.content_length == head.content_length);
  require_equal(again.head.headers, head.headers);
}

}  // namespace
}  // namespace wif::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wif::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t end = find_head_end(bytes);
  if (end == std::string_view::npos) return 0;
  const std::string_view head = bytes.substr(0, end);
  const std::string_view rest = bytes.substr(end);
  Parsed parsed(head);
  if (!parsed.accepted) return 0;
  require_clean(parsed.head.method);
  require_clean(parsed.head.target);
  require_clean(parsed.head.authority);
  require_clean(parsed.head.headers);
  require(!(parsed.head.chunked && parsed.head.content_length));
  require(!(parsed.head.chunked && parsed.head.version == Version::kHttp10));
  for (const char* name : {"content-length", "transfer-encoding", "host", "expect"}) {
    require(parsed.head.headers.count(name) == 0);
  }
  check_round_trip(parsed.head);
  if (!parsed.head.has_body()) return 0;
  const FedBody whole = feed_body(parsed.parser, rest, rest.size() + 1);
  if (whole.last) require_clean(parsed.parser.trailers());
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}}) {
    Parsed other(head);
    require(feed_body(other.parser, rest, step) == whole);
    require_equal(other.parser.trailers(), parsed.parser.trailers());
  }
  return 0;
}
