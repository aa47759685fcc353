// Between Asio's addresses and ours, and which addresses are the proxy itself.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "config/address.h"

namespace wif::proxy {

struct Shared;

// nullopt for an IPv6 address with a zone, which nothing may dial.
std::optional<config::IpAddress> to_ip_address(const asio::ip::address& address);
asio::ip::address to_asio_address(const config::IpAddress& address);

// Whether a connection to there would arrive at one of our own listeners.
bool is_own_listener(const Shared& shared, const config::IpAddress& address, std::uint16_t port);

// Names that mean this machine or the metadata server whatever they resolve to.
bool is_local_name(std::string_view host);

// Whether plain HTTP to there is answered by the metadata emulation: the metadata names on port 80
// and our own metadata listener.
bool is_metadata_target(const Shared& shared, std::string_view host, std::uint16_t port);

// Addresses of this machine's interfaces.
std::vector<config::IpAddress> local_addresses();

}  // namespace wif::proxy
