#include "proxy/upstream_proxy.h"

#include "proxy/address.h"

namespace wif::proxy {

std::optional<http::ProxyHop> make_upstream_proxy(const Shared& shared) {
  const auto& configured = shared.config.upstream.proxy;
  if (!configured) return std::nullopt;
  http::ProxyHop hop;
  hop.host = configured->host;
  hop.port = configured->port;
  hop.authorization = configured->authorization;
  hop.allowed = [&shared, port = hop.port](const asio::ip::address& candidate) {
    const auto address = to_ip_address(candidate);
    return !address || !is_own_listener(shared, *address, port);
  };
  return hop;
}

const http::ProxyHop* upstream_proxy_for(const Shared& shared, std::string_view host) {
  if (!shared.upstream_proxy) return nullptr;
  const auto literal = config::IpAddress::parse(host);
  const bool loopback =
      literal ? literal->is_loopback() : host == "localhost" || host.ends_with(".localhost");
  return loopback ? nullptr : &*shared.upstream_proxy;
}

}  // namespace wif::proxy
