#include "proxy/address.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "proxy/shared.h"

namespace wif::proxy {

std::optional<config::IpAddress> to_ip_address(const asio::ip::address& address) {
  if (address.is_v4()) return config::IpAddress::v4(address.to_v4().to_uint());
  if (address.to_v6().scope_id() != 0) return std::nullopt;
  return config::IpAddress(address.to_v6().to_bytes());
}

asio::ip::address to_asio_address(const config::IpAddress& address) {
  if (address.is_v4()) return asio::ip::address_v4(address.v4_bits());
  return asio::ip::address_v6(address.bytes());
}

bool is_own_listener(const Shared& shared, const config::IpAddress& address, std::uint16_t port) {
  return std::any_of(
      shared.own_listeners.begin(), shared.own_listeners.end(), [&](const auto& listener) {
        if (listener.port != port) return false;
        if (address == listener.address || address.is_loopback()) return true;
        return std::find(shared.local_addresses.begin(), shared.local_addresses.end(), address) !=
               shared.local_addresses.end();
      });
}

bool is_local_name(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "metadata" ||
         host == "metadata.google.internal";
}

bool is_metadata_target(const Shared& shared, std::string_view host, std::uint16_t port) {
  if (port == 80 && (host == "169.254.169.254" || host == "metadata.google.internal")) return true;
  const auto& listener = shared.config.listen.metadata;
  return listener && port == listener->port && host == listener->address.to_string();
}

std::vector<config::IpAddress> local_addresses() {
  std::vector<config::IpAddress> addresses;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return addresses;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    if (entry->ifa_addr->sa_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
      addresses.push_back(config::IpAddress::v4(ntohl(v4->sin_addr.s_addr)));
    } else if (entry->ifa_addr->sa_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr);
      std::array<std::uint8_t, 16> bytes{};
      std::memcpy(bytes.data(), &v6->sin6_addr, bytes.size());
      addresses.emplace_back(bytes);
    }
  }
  ::freeifaddrs(list);
  return addresses;
}

}  // namespace wif::proxy
