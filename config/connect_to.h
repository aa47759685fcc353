// The notation of curl's --connect-to. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace wif::config {

// "HOST:PORT:HOST:PORT", IPv6 in brackets; the first two may be empty = any. The second pair may
// be any address but a link-local one (R-4.4.2: nothing opens those).
Result<ConnectTo> parse_connect_to(std::string_view text);

// The first mapping that holds for this host and port, nullptr where there is none.
const ConnectTo* find_connect_to(const std::vector<ConnectTo>& mappings, std::string_view host,
                                 std::uint16_t port);

}  // namespace wif::config
