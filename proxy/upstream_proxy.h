// What goes by way of the proxy in front of us (upstream.proxy), and what never does. Thread-safe
// once the server runs.
#pragma once

#include <optional>
#include <string_view>

#include "http/connect_through.h"
#include "proxy/shared.h"

namespace wif::proxy {

// The proxy as configured, with its address judged: not one of our own listeners, since that would
// be a loop. `shared` outlives it.
std::optional<http::ProxyHop> make_upstream_proxy(const Shared& shared);

// The proxy to ask for a connection to that host, or nullptr: then it is dialled directly, as is
// everything on loopback.
const http::ProxyHop* upstream_proxy_for(const Shared& shared, std::string_view host);

}  // namespace wif::proxy
