// A head of HTTP/1.1 that is accepted and rewritten for the other side is one that HTTP/2 accepts,
// and it reads the same there. An input that begins with "HTTP/" is an answer.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "config/host_pattern.h"
#include "http/target.h"
#include "proxy/rewrite.h"
#include "tests/fuzz/h1_fuzz.h"
#include "tests/support/arrived_section.h"

namespace wif::fuzz {
namespace {

using namespace http;
using test::ArrivedSection;
using From = ArrivedSection::From;
using Checks = ArrivedSection::Checks;

// What nghttp2 takes for a length ends there.
constexpr std::uint64_t kLongest = std::numeric_limits<std::int64_t>::max();

// Pseudo fields take the place of the first line.
H2Limits wide_limits() {
  H2Limits limits;
  limits.max_header_bytes = limits.max_field_bytes = 1u << 20;
  limits.max_header_fields = 200;
  return limits;
}

// HTTP/2 has one cookie field for the other side, where HTTP/1.1 may have had more.
void require_same(const Headers& a, const Headers& b) {
  if (a.count("cookie") < 2) return require_equal(a, b);
  require(b.count("cookie") == 1);
}

void check_request(std::string text) {
  const H1Limits limits;
  H1Parser parser(HeadKind::kRequest, limits);
  RequestHead head;
  if (!parser.parse_request_head(text.data(), text.size(), head)) return;
  const auto authority = parse_authority(head.authority);
  if (!head.target.starts_with('/') || !authority || !config::normalize_host(authority->host))
    return;
  head.path_and_query = head.target;
  proxy::rewrite_request(head, {});
  H2FieldList fields;
  fields.request(head, nullptr);
  const H2Limits wide = wide_limits();
  const bool end = !head.has_body();
  ArrivedSection arrived(From::kClient, Checks::kBoth, fields.data(), fields.size(), end, wide);
  if (head.content_length.value_or(0) > kLongest) return;
  require(arrived.whole());
  RequestHead again;
  require(static_cast<bool>(arrived.section.take_request(end, again)));
  require(again.method == head.method && again.path_and_query == head.path_and_query);
  require(again.authority == head.authority);
  require(again.has_body() == head.has_body());
  require(again.content_length == head.content_length);
  require(again.expect_continue == head.expect_continue);
  require_same(head.headers, again.headers);
}

void check_response(std::string text) {
  const H1Limits limits;
  H1Parser parser(HeadKind::kResponse, limits);
  ResponseHead head;
  if (!parser.parse_response_head(text.data(), text.size(), "GET", head)) return;
  if (head.status == 101) return;  // an upgrade, which the proxy does not ask for
  proxy::rewrite_response(head, false);
  H2FieldList fields;
  fields.response(head);
  const H2Limits wide = wide_limits();
  const bool end = head.last && head.status >= 200;
  ArrivedSection arrived(From::kUpstream, Checks::kBoth, fields.data(), fields.size(), end, wide);
  if (head.content_length.value_or(0) > kLongest) return;
  require(arrived.whole());
  ResponseHead again;
  require(static_cast<bool>(arrived.section.take_response("GET", end, again)));
  require(again.status == head.status);
  require(!end || again.no_body);
  require_equal(head.headers, again.headers);
}

}  // namespace
}  // namespace wif::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wif::fuzz;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t end = find_head_end(bytes);
  if (end == std::string_view::npos) return 0;
  std::string head(bytes.substr(0, end));
  if (head.starts_with("HTTP/")) {
    check_response(std::move(head));
  } else {
    check_request(std::move(head));
  }
  return 0;
}
