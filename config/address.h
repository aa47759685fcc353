// IP addresses as values, without sockets: what listeners, CIDR lists and the address policy share.
// IPv4 is kept as an IPv4-mapped IPv6 address, so one comparison serves both.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wif::config {

class IpAddress {
 public:
  IpAddress() = default;
  // Sixteen bytes in network order; an IPv4 address as ::ffff:a.b.c.d.
  explicit IpAddress(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}
  static IpAddress v4(std::uint32_t host_order);

  // Only the canonical spelling (inet_pton and back gives the same text, R-4.4.3); no zone, no
  // brackets. nullopt otherwise.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const;
  bool is_loopback() const;
  std::uint32_t v4_bits() const;  // host order; only when is_v4()
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string to_string() const;  // IPv4 as a.b.c.d, IPv6 without brackets
  bool operator==(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// "10.0.0.0/8", "::1/128", or a single address.
class Cidr {
 public:
  static Result<Cidr> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
  std::string to_string() const;

 private:
  IpAddress network_;
  unsigned prefix_ = 128;  // of 128, also for IPv4
};

// "10.1.2.0/24:443"; IPv6 as "[fd00::/8]:443".
struct CidrPort {
  static Result<CidrPort> parse(std::string_view text);
  Cidr cidr;
  std::uint16_t port = 0;
};

// Where a listener binds: "127.0.0.1:3128", "[::1]:3128", "localhost:3128", ":3128" (all
// addresses). Port 0 lets the kernel choose.
struct Endpoint {
  static Result<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  IpAddress address;
  std::uint16_t port = 0;
};

}  // namespace wif::config
