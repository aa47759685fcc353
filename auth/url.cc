#include "auth/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace wif::auth {
namespace {

// The address in network order, an IPv4 one as ::ffff:a.b.c.d.
std::optional<std::array<std::uint8_t, 16>> address_bytes(std::string_view host) {
  const std::string text(host);
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

bool is_plain(char c) { return c > 0x20 && c < 0x7f && c != '\\'; }

bool is_name_character(char c) {
  const char lower = ascii_lower(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.' || c == '_';
}

// Splits "[host]:port" and "host:port"; false where it is neither.
bool split_authority(std::string_view authority, Url& url) {
  std::string_view rest;
  if (!authority.empty() && authority.front() == '[') {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return false;
    url.host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
    if (kind_of_host(url.host) != HostKind::kAddress) return false;
    if (url.host.find(':') == std::string::npos) return false;
  } else {
    const auto colon = authority.find(':');
    url.host = authority.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
    if (!std::all_of(url.host.begin(), url.host.end(), is_name_character)) return false;
  }
  if (url.host.empty()) return false;
  if (rest.empty()) return true;
  if (rest.front() != ':' || !parse_decimal<std::uint16_t>(rest.substr(1))) return false;
  url.port = rest.substr(1);
  return true;
}

}  // namespace

std::string Url::origin() const {
  std::string text = scheme + "://" + uri_host(host);
  if (!port.empty()) text += ":" + port;
  return text;
}

std::optional<Url> parse_url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_plain)) {
    // Bytes above ASCII are left to the path and query: AWS's own signing examples have them.
    const bool only_high = std::all_of(text.begin(), text.end(), [](char c) {
      return is_plain(c) || static_cast<unsigned char>(c) >= 0x80;
    });
    if (!only_high) return std::nullopt;
  }
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || text.find('#') != std::string_view::npos) {
    return std::nullopt;
  }
  Url url;
  url.scheme = to_lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  text.remove_prefix(colon + 3);
  const auto end = text.find_first_of("/?");
  const std::string_view authority = text.substr(0, end);
  if (authority.find('@') != std::string_view::npos) return std::nullopt;
  if (!split_authority(authority, url)) return std::nullopt;
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  const auto question = text.find('?');
  url.path = text.substr(0, question);
  if (question != std::string_view::npos) url.query = text.substr(question + 1);
  return url;
}

HostKind kind_of_host(std::string_view host) {
  if (address_bytes(host)) return HostKind::kAddress;
  // A last label that is a number is never a name (WHATWG URL, "ends in a number"), and neither
  // inet_aton nor a resolver should be asked what it might mean.
  while (!host.empty() && host.back() == '.') host.remove_suffix(1);
  const auto last = split(host, '.').back();
  const bool digits = !last.empty() && std::all_of(last.begin(), last.end(), is_digit);
  const bool hexadecimal = last.size() >= 2 && last[0] == '0' && ascii_lower(last[1]) == 'x';
  return digits || hexadecimal ? HostKind::kAmbiguous : HostKind::kName;
}

bool same_address(std::string_view a, std::string_view b) {
  const auto first = address_bytes(a);
  return first && first == address_bytes(b);
}

bool is_loopback_address(std::string_view host) {
  const auto bytes = address_bytes(host);
  if (!bytes) return false;
  if (same_address(host, "::1")) return true;
  const bool v4 =
      std::equal(bytes->begin(), bytes->begin() + 12,
                 std::array<std::uint8_t, 12>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}.begin());
  return v4 && (*bytes)[12] == 127;
}

}  // namespace wif::auth
