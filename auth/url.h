// The few parts of an absolute URL that this folder looks at. Pure; any thread. (RFC 3986)
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wif::auth {

struct Url {
  std::string scheme;  // lower case, "http" or "https"
  std::string host;    // as written, an IPv6 address without its brackets
  std::string port;    // digits, or empty
  std::string path;    // "" or begins with "/"
  std::string query;   // without "?"

  // "http://[fd00:ec2::254]:80": scheme, host and port as written.
  std::string origin() const;
};

// Stricter than RFC 3986: http or https only, no userinfo, no fragment, no control characters, no
// spaces, no backslashes, a host that is not empty. nullopt otherwise.
std::optional<Url> parse_url(std::string_view text);

// How a host in a URL is spelled: as an address (canonical IPv4, or any spelling of IPv6), as a
// name, or as something that only looks like one (0x7f000001, 2852039166, 127.1), which some
// libraries read as an address and others as a name.
enum class HostKind { kAddress, kName, kAmbiguous };
HostKind kind_of_host(std::string_view host);

// Whether both are spellings of the same IP address.
bool same_address(std::string_view a, std::string_view b);

// 127.0.0.0/8 or ::1, as a literal.
bool is_loopback_address(std::string_view host);

}  // namespace wif::auth
