// The notation of curl's --connect-to. Pure and thread-safe.
#pragma once

#include <string_view>

#include "base/result.h"
#include "config/config.h"

namespace wif::config {

// "HOST:PORT:HOST:PORT", IPv6 in brackets; the first two may be empty = any. The second pair may
// be any address but a link-local one (R-4.4.2: nothing opens those).
Result<ConnectTo> parse_connect_to(std::string_view text);

}  // namespace wif::config
