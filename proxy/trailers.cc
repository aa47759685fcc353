// Which fields may stand in trailers. Apart from rewrite.cc because it is not on the hot path.
#include <algorithm>
#include <array>

#include "proxy/rewrite.h"

namespace wif::proxy {
namespace {

// Fields that frame or route a message, change the request, authenticate, control the response, or
// say how its content is to be read (RFC 9110 6.5.1), and those that takes out of heads.
// Sorted.
constexpr auto kNotInTrailers = std::to_array<std::string_view>({
    "age",
    "alt-svc",
    "authentication-info",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "expect",
    "expires",
    "forwarded",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "location",
    "max-forwards",
    "pragma",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "retry-after",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "warning",
    "www-authenticate",
    "x-goog-api-key",
    "x-goog-iam-authority-selector",
    "x-goog-iam-authorization-token",
    "x-goog-iap-jwt-assertion",
    "x-goog-user-project",
    "x-serverless-authorization",
    "x-wif-proxy",
});

constexpr auto kForbiddenPrefixes =
    std::to_array<std::string_view>({":", "x-forwarded-", "x-goog-authenticated-user-"});

// Trailer names are short, and so is the list of them; this may allocate.
bool may_be_trailer(std::string_view name) {
  std::string dashed(name);
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  const std::string_view view = dashed;
  return !std::binary_search(kNotInTrailers.begin(), kNotInTrailers.end(), view) &&
         std::none_of(kForbiddenPrefixes.begin(), kForbiddenPrefixes.end(),
                      [view](std::string_view prefix) { return view.starts_with(prefix); });
}

}  // namespace

http::Headers filter_trailers(const http::Headers& trailers) {
  http::Headers kept;
  for (const http::HeaderField& field : trailers.fields()) {
    if (may_be_trailer(field.name)) kept.add_view(field.name, field.value, field.indexing);
  }
  return kept;
}

}  // namespace wif::proxy
