// The value of upstream.proxy: an HTTP proxy between us and the rest of the world. Pure and
// thread-safe.
#pragma once

#include <string_view>

#include "base/result.h"
#include "config/config.h"

namespace wif::config {

// "http://[USER:PASSWORD@]HOST:PORT"; user and password percent-encoded where needed. Errors do not
// repeat what was found, since it may hold a password.
Result<UpstreamProxy> parse_upstream_proxy(std::string_view text);

// Whether the text holds a password, well-formed or not.
bool holds_password(std::string_view url);

}  // namespace wif::config
