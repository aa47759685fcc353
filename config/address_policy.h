// Which addresses may be dialled for a client (threat-model.md ): a proxy that reaches more
// than its clients do must not lend them that reach. Pure and thread-safe; the ranges come from the
// IANA special-purpose address registries (RFC 6890).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/address.h"
#include "config/config.h"

namespace wif::config {

enum class AddressClass {
  kPublic,
  kPrivate,  // RFC 1918, 100.64/10, fc00::/7: may be opened by upstream.private_addresses
  kLoopback,
  kLinkLocal,    // 169.254/16, fe80::/10: never dialled for a client
  kMetadata,     // fd00:ec2::/32, AWS metadata over IPv6: never dialled for a client
  kUnspecified,  // 0/8, ::
  kMulticast,
  kDocumentation,  // also the ranges for benchmarks
  kTransition,     // an IPv4 address inside an IPv6 one: NAT64, 6to4, Teredo, IPv4-compatible
  kReserved,       // everything else that is not global unicast
};

AddressClass classify(const IpAddress& address);

// For logs and refusals: "link-local".
std::string_view name_of(AddressClass address_class);

// Whether `address`:`port` may be dialled on behalf of a rule with `action` (kDeny: never).
// An address that is written in upstream.connect_to is open for that mapping; the caller knows it.
bool may_dial(const IpAddress& address, std::uint16_t port, Action action,
              PrivateAddresses private_addresses, bool all_listeners_on_loopback,
              std::span<const CidrPort> allow_addresses);

// True for what no option opens: link-local and AWS metadata, also when embedded.
bool never_dialled(const IpAddress& address);

}  // namespace wif::config
