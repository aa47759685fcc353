// A head or trailers of HTTP/2 that are accepted read the same when they are written for HTTP/1.1
// whether or not nghttp2 has checked them before. The first byte chooses what they are;
// fields are "name:value", ended by the record separator.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "http/target.h"
#include "tests/fuzz/h1_fuzz.h"
#include "tests/support/arrived_section.h"

namespace wif::fuzz {
namespace {

using namespace http;
using test::ArrivedSection;

// Bits of the first byte.
enum Mode : unsigned {
  kResponse = 1,
  kTrailers = 2,
  kEndOfStream = 4,
  kOursOnly = 8,
  kToHead = 16
};

constexpr char kSeparator = '\x1e';

std::vector<nghttp2_nv> fields_of(std::string_view text) {
  std::vector<nghttp2_nv> fields;
  if (text.empty()) return fields;
  for (const std::string_view line : split(text, kSeparator)) {
    const std::size_t colon = std::min(line.find(':', 1), line.size());
    const std::string_view value = line.substr(std::min(colon + 1, line.size()));
    nghttp2_nv field{};
    field.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(line.data()));
    field.namelen = colon;
    field.value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
    field.valuelen = value.size();
    fields.push_back(field);
  }
  return fields;
}

// Framing and names of another length may make a head of HTTP/1.1 a little longer.
H1Limits wide_limits() {
  H1Limits limits;
  limits.max_request_line_bytes = limits.max_header_bytes = limits.max_field_bytes = 1u << 20;
  limits.max_header_fields = 200;
  return limits;
}

std::string written(const auto& write) {
  StringTransport transport;
  H1Writer writer(transport);
  write(writer);
  run(writer.flush());
  return transport.written;
}

void check_request(H2FieldSection& section, bool end_of_stream) {
  RequestHead head;
  if (!section.take_request(end_of_stream, head)) return;
  require(is_token(head.method));
  require_clean(head.path_and_query);
  require_clean(head.authority);
  require_clean(head.headers);
  require(!(head.chunked && head.content_length));
  // What the rest of the proxy refuses.
  if (head.method == "CONNECT" || !parse_authority(head.authority)) return;
  // llhttp, which reads it again, knows the registered ones only.
  const bool known = head.method == "GET" || head.method == "POST" || head.method == "OPTIONS";
  if (!known) head.method = "PUT";
  std::string text = written([&](H1Writer& writer) { writer.request(head, !head.has_body()); });
  const H1Limits limits = wide_limits();
  H1Parser parser(HeadKind::kRequest, limits);
  RequestHead again;
  require(static_cast<bool>(parser.parse_request_head(text.data(), text.size(), again)));
  require(again.method == head.method && again.target == head.path_and_query);
  require(again.authority == head.authority);
  require(again.chunked == head.chunked && again.content_length == head.content_length);
  require(again.expect_continue == head.expect_continue);
  require_equal(again.headers, head.headers);
}

void check_response(H2FieldSection& section, std::string_view method, bool end_of_stream) {
  ResponseHead head;
  if (!section.take_response(method, end_of_stream, head)) return;
  require_clean(head.headers);
  require(head.status >= 100 && head.status <= 999);
  if (head.status == 101) return;  // refused by the client side
  std::string text =
      written([&](H1Writer& writer) { writer.response(head, Version::kHttp11, head.last, false); });
  const H1Limits limits = wide_limits();
  H1Parser parser(HeadKind::kResponse, limits);
  ResponseHead again;
  require(static_cast<bool>(parser.parse_response_head(text.data(), text.size(), method, again)));
  require(again.status == head.status);
  require_equal(again.headers, head.headers);
  if (head.status >= 200 && head.status != 204) {
    require(again.content_length == head.content_length);
  }
}

}  // namespace
}  // namespace wif::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wif::fuzz;
  if (size == 0) return 0;
  const unsigned mode = data[0];
  const auto fields = fields_of({reinterpret_cast<const char*>(data) + 1, size - 1});
  const bool end = (mode & kEndOfStream) != 0;
  const auto from =
      (mode & kResponse) != 0 ? ArrivedSection::From::kUpstream : ArrivedSection::From::kClient;
  const bool trailers = (mode & kTrailers) != 0;
  const auto checks = trailers || (mode & kOursOnly) != 0 ? ArrivedSection::Checks::kOurs
                                                          : ArrivedSection::Checks::kBoth;
  const H2Limits limits;
  ArrivedSection arrived(from, checks, fields.data(), fields.size(), end, limits);
  if (!arrived.whole()) return 0;
  if (trailers) {
    Headers taken;
    if (!arrived.section.take_trailers(limits, taken)) return 0;
    require_clean(taken);
    require(taken.fields().size() <= limits.max_trailer_fields);
  } else if ((mode & kResponse) != 0) {
    check_response(arrived.section, (mode & kToHead) != 0 ? "HEAD" : "GET", end);
  } else {
    check_request(arrived.section, end);
  }
  return 0;
}
