// The same for answers: the first byte chooses the method of the request.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/h1_fuzz.h"

namespace wif::http {
namespace {

struct Parsed {
  Parsed(std::string_view head_text, std::string_view method)
      : text(head_text),
        parser(HeadKind::kResponse, limits),
        accepted(parser.parse_response_head(text.data(), text.size(), method, head)) {}

  H1Limits limits;
  std::string text;
  H1Parser parser;
  ResponseHead head;
  bool accepted;
};

void check_round_trip(const ResponseHead& head, std::string_view method) {
  StringTransport transport;
  H1Writer writer(transport);
  writer.response(head, Version::kHttp11, head.no_body, false);
  run(writer.flush());
  const Parsed again(transport.written, method);
  if (!again.accepted) {
    // One more than it was, by the framing.
    require(again.parser.refusal() == "too_many_fields");
    return;
  }
  require(again.head.status == head.status && again.head.no_body == head.no_body);
  if (head.status >= 200 && head.status != 204) {
    require(again.head.content_length == head.content_length);
  }
  require_equal(again.head.headers, head.headers);
}

}  // namespace
}  // namespace wif::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wif::http;
  if (size == 0) return 0;
  const std::string_view method = data[0] % 4 == 0 ? "HEAD" : "GET";
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t end = find_head_end(bytes);
  if (end == std::string_view::npos) return 0;
  const std::string_view head = bytes.substr(0, end);
  const std::string_view rest = bytes.substr(end);
  Parsed parsed(head, method);
  if (!parsed.accepted) return 0;
  require(parsed.head.status >= 100 && parsed.head.status <= 999);
  require_clean(parsed.head.reason);
  require_clean(parsed.head.headers);
  require(parsed.head.headers.count("content-length") == 0);
  require(parsed.head.headers.count("transfer-encoding") == 0);
  check_round_trip(parsed.head, method);
  if (parsed.head.no_body) return 0;
  const FedBody whole = feed_body(parsed.parser, rest, rest.size() + 1);
  if (whole.last) {
    require_clean(parsed.parser.trailers());
  } else if (parsed.parser.end_of_input()) {
    require(!whole.refused && !parsed.head.content_length && whole.data == rest);
  }
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}}) {
    Parsed other(head, method);
    require(feed_body(other.parser, rest, step) == whole);
  }
  return 0;
}
