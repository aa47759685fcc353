#include "config/url.h"

#include <algorithm>

#include "base/text.h"
#include "config/host_pattern.h"

namespace wif::config {
namespace {

bool is_plain(char c) {
  return c > 0x20 && c < 0x7f && std::string_view("\"\\<>{}^`|").find(c) == std::string_view::npos;
}

// Cuts `text` at the first of `marks`: returns what stands before, leaves the rest with the mark.
std::string_view take_until(std::string_view& text, std::string_view marks) {
  const auto end = std::min(text.find_first_of(marks), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(end);
  return part;
}

bool split_host_port(std::string_view authority, Url& url) {
  std::string_view host = authority;
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return false;
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    has_port = !port.empty();
    if (has_port && port.front() != ':') return false;
    if (has_port) port.remove_prefix(1);
    if (host.find(':') == std::string_view::npos) return false;
  } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    has_port = true;
  }
  if (has_port) {
    const auto number = parse_decimal<std::uint16_t>(port);
    if (!number || *number == 0) return false;
    url.port = *number;
  }
  const auto normal = normalize_host(host);
  if (normal) url.host = *normal;
  return normal.has_value();
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_plain)) return std::nullopt;
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  Url url;
  url.scheme = to_lower(text.substr(0, colon));
  if (url.scheme.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") !=
      std::string::npos) {
    return std::nullopt;
  }
  text.remove_prefix(colon + 3);
  std::string_view authority = take_until(text, "/?#");
  url.path = take_until(text, "?#");
  if (text.starts_with('?')) {
    text.remove_prefix(1);
    url.query = take_until(text, "#");
  }
  url.has_fragment = !text.empty();
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.has_userinfo = true;
    authority.remove_prefix(at + 1);
  }
  if (!split_host_port(authority, url)) return std::nullopt;
  return url;
}

}  // namespace wif::config
