#include "config/address_policy.h"

#include <algorithm>
#include <array>

namespace wif::config {
namespace {

struct Range {
  std::array<std::uint8_t, 16> network;
  unsigned prefix;
  AddressClass address_class;
};

constexpr Range v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, unsigned prefix,
                   AddressClass address_class) {
  return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, 0}, 96 + prefix, address_class};
}

// The first four groups of an IPv6 network.
constexpr Range v6(std::uint16_t a, std::uint16_t b, std::uint16_t c, unsigned prefix,
                   AddressClass address_class) {
  Range range{{}, prefix, address_class};
  const std::uint16_t groups[] = {a, b, c};
  for (std::size_t i = 0; i < 3; ++i) {
    range.network[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    range.network[2 * i + 1] = static_cast<std::uint8_t>(groups[i] & 0xff);
  }
  return range;
}

using enum AddressClass;

// The first range that holds the address decides.
constexpr Range kRanges[] = {
    v4(0, 0, 0, 8, kUnspecified),
    v4(10, 0, 0, 8, kPrivate),
    v4(100, 64, 0, 10, kPrivate),
    v4(127, 0, 0, 8, kLoopback),
    v4(169, 254, 0, 16, kLinkLocal),
    v4(172, 16, 0, 12, kPrivate),
    v4(192, 0, 0, 24, kReserved),
    v4(192, 0, 2, 24, kDocumentation),
    v4(192, 88, 99, 24, kTransition),
    v4(192, 168, 0, 16, kPrivate),
    v4(198, 18, 0, 15, kDocumentation),
    v4(198, 51, 100, 24, kDocumentation),
    v4(203, 0, 113, 24, kDocumentation),
    v4(224, 0, 0, 4, kMulticast),
    v4(240, 0, 0, 4, kReserved),
    v4(0, 0, 0, 0, kPublic),
    // ::/96 is told apart in classify().
    v6(0x64, 0xff9b, 0, 96, kTransition),
    v6(0x64, 0xff9b, 1, 48, kTransition),
    v6(0x2001, 0, 0, 32, kTransition),  // Teredo
    v6(0x2001, 0, 0, 23, kReserved),    // IETF protocol assignments
    v6(0x2001, 0xdb8, 0, 32, kDocumentation),
    v6(0x2002, 0, 0, 16, kTransition),  // 6to4
    v6(0x3fff, 0, 0, 20, kDocumentation),
    v6(0xfd00, 0xec2, 0, 32, kMetadata),
    v6(0xfc00, 0, 0, 7, kPrivate),
    v6(0xfe80, 0, 0, 10, kLinkLocal),
    v6(0xff00, 0, 0, 8, kMulticast),
    v6(0x2000, 0, 0, 3, kPublic),
};

bool holds(const Range& range, const std::array<std::uint8_t, 16>& bytes) {
  const unsigned whole = range.prefix / 8;
  if (!std::equal(bytes.begin(), bytes.begin() + whole, range.network.begin())) return false;
  if (range.prefix % 8 == 0) return true;
  const unsigned mask = 0xffu << (8 - range.prefix % 8) & 0xffu;
  return ((bytes[whole] ^ range.network[whole]) & mask) == 0;
}

bool starts_with_zeros(const std::array<std::uint8_t, 16>& bytes, unsigned count) {
  return std::all_of(bytes.begin(), bytes.begin() + count, [](auto byte) { return byte == 0; });
}

IpAddress v4_at(const std::array<std::uint8_t, 16>& bytes, std::array<unsigned, 4> places,
                std::uint8_t flip = 0) {
  std::uint32_t bits = 0;
  for (const unsigned place : places) {
    bits = bits << 8 | static_cast<std::uint8_t>(bytes[place] ^ flip);
  }
  return IpAddress::v4(bits);
}

// Every IPv4 address that a gateway might read out of a transition address. All readings are
// tried, since which of them holds depends on a network that we do not know.
std::array<IpAddress, 5> embedded_v4(const IpAddress& address) {
  const auto& bytes = address.bytes();
  return {v4_at(bytes, {12, 13, 14, 15}),         // compatible, 64:ff9b::/96
          v4_at(bytes, {6, 7, 9, 10}),            // 64:ff9b:1::/48, RFC 6052 2.2
          v4_at(bytes, {2, 3, 4, 5}),             // 6to4
          v4_at(bytes, {4, 5, 6, 7}),             // Teredo server
          v4_at(bytes, {12, 13, 14, 15}, 0xff)};  // Teredo client, RFC 4380 4
}

}  // namespace

AddressClass classify(const IpAddress& address) {
  const auto& bytes = address.bytes();
  if (address.is_loopback()) return kLoopback;
  if (starts_with_zeros(bytes, 16)) return kUnspecified;
  if (starts_with_zeros(bytes, 12)) return kTransition;  // IPv4-compatible
  for (const Range& range : kRanges) {
    if (holds(range, bytes)) return range.address_class;
  }
  return kReserved;
}

std::string_view name_of(AddressClass address_class) {
  switch (address_class) {
    case kPublic: return "public";
    case kPrivate: return "private";
    case kLoopback: return "loopback";
    case kLinkLocal: return "link-local";
    case kMetadata: return "metadata";
    case kUnspecified: return "unspecified";
    case kMulticast: return "multicast";
    case kDocumentation: return "documentation";
    case kTransition: return "transition";
    case kReserved: return "reserved";
  }
  return "reserved";
}

bool never_dialled(const IpAddress& address) {
  const AddressClass outer = classify(address);
  if (outer == kLinkLocal || outer == kMetadata) return true;
  if (outer != kTransition || address.is_v4()) return false;
  const auto inner = embedded_v4(address);
  return std::any_of(inner.begin(), inner.end(),
                     [](const IpAddress& v4) { return classify(v4) == kLinkLocal; });
}

bool may_dial(const IpAddress& address, std::uint16_t port, Action action,
              PrivateAddresses private_addresses, bool all_listeners_on_loopback,
              std::span<const CidrPort> allow_addresses) {
  if (action == Action::kDeny || never_dialled(address)) return false;
  const AddressClass address_class = classify(address);
  if (address_class == kPublic) return true;
  for (const CidrPort& allowed : allow_addresses) {
    if (allowed.port == port && allowed.cidr.contains(address)) return true;
  }
  if (address_class != kPrivate) return false;
  switch (private_addresses) {
    case PrivateAddresses::kAllow: return true;
    case PrivateAddresses::kDeny: return false;
    case PrivateAddresses::kAuto: break;
  }
  // A verified Google certificate protects the token; a sidecar's tunnel adds no reach.
  return action == Action::kInject || all_listeners_on_loopback;
}

}  // namespace wif::config
