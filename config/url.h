// Absolute URLs, cut into their parts and nothing more: just enough of RFC 3986 to compare hosts.
// Whatever two parsers might read differently is refused. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wif::config {

struct Url {
  std::string scheme;      // lower case
  std::string host;        // normalised by normalize_host(); IPv6 without brackets
  std::uint16_t port = 0;  // 0 = none written
  bool has_userinfo = false;
  bool has_fragment = false;
  std::string path;   // as written; empty when there is none
  std::string query;  // without '?'
};

// nullopt when `text` is not scheme://host[:port][/path][?query][#fragment] in printable ASCII
// without spaces, quotes, backslashes, angle brackets or braces.
std::optional<Url> parse_url(std::string_view text);

}  // namespace wif::config
