// Request targets and authorities taken apart (RFC 9112 section 3.2). Pure; views into the input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wif::http {

// "host:port" with the host as written (IPv6 literals without brackets).
struct Authority {
  std::string_view host;
  std::optional<std::uint16_t> port;
};

// "host", "host:port", "[v6]", "[v6]:port". The port is 1..65535 in plain decimals;
// userinfo, path, query and empty hosts are errors of reason kBadRequest.
Result<Authority> parse_authority(std::string_view text);

struct AbsoluteTarget {
  std::string_view scheme;  // lower case: "http" or "https"
  Authority authority;
  std::string_view path_and_query;  // "/" where empty
};

// The absolute-form of a proxied request. Other schemes are errors of reason kBadRequest.
Result<AbsoluteTarget> parse_absolute_target(std::string_view target);

}  // namespace wif::http
