// threat-model.md as a table.
#include "config/address_policy.h"

#include <gtest/gtest.h>

#include <array>
#include <iterator>
#include <string>
#include <vector>

namespace wif::config {
namespace {

using enum AddressClass;

struct Case {
  const char* address;
  AddressClass address_class;
};

constexpr Case kCases[] = {
    // unspecified, "this network"
    {"0.0.0.0", kUnspecified},
    {"0.0.0.1", kUnspecified},
    {"0.255.255.255", kUnspecified},
    {"::", kUnspecified},
    // public edges beside every special range
    {"1.0.0.0", kPublic},
    {"1.1.1.1", kPublic},
    {"8.8.8.8", kPublic},
    {"9.255.255.255", kPublic},
    {"11.0.0.0", kPublic},
    {"100.63.255.255", kPublic},
    {"100.128.0.0", kPublic},
    {"126.255.255.255", kPublic},
    {"128.0.0.0", kPublic},
    {"169.253.255.255", kPublic},
    {"169.255.0.0", kPublic},
    {"172.15.255.255", kPublic},
    {"172.32.0.0", kPublic},
    {"191.255.255.255", kPublic},
    {"192.0.1.0", kPublic},
    {"192.0.3.0", kPublic},
    {"192.88.98.255", kPublic},
    {"192.88.100.0", kPublic},
    {"192.167.255.255", kPublic},
    {"192.169.0.0", kPublic},
    {"198.17.255.255", kPublic},
    {"198.20.0.0", kPublic},
    {"198.51.99.255", kPublic},
    {"198.51.101.0", kPublic},
    {"203.0.112.255", kPublic},
    {"203.0.114.0", kPublic},
    {"223.255.255.255", kPublic},
    // Google: front ends, private and restricted access
    {"142.250.74.74", kPublic},
    {"199.36.153.4", kPublic},
    {"199.36.153.7", kPublic},
    {"199.36.153.8", kPublic},
    {"199.36.153.11", kPublic},
    {"34.126.0.1", kPublic},
    {"2404:6800:4004:80b::200a", kPublic},
    {"2a00:1450:4001:82f::200a", kPublic},
    {"2600:2d00:2:1000::1", kPublic},
    // private
    {"10.0.0.0", kPrivate},
    {"10.0.0.1", kPrivate},
    {"10.255.255.255", kPrivate},
    {"172.16.0.0", kPrivate},
    {"172.20.1.2", kPrivate},
    {"172.31.255.255", kPrivate},
    {"192.168.0.0", kPrivate},
    {"192.168.1.1", kPrivate},
    {"192.168.255.255", kPrivate},
    {"100.64.0.0", kPrivate},
    {"100.100.100.200", kPrivate},
    {"100.127.255.255", kPrivate},
    {"fc00::", kPrivate},
    {"fc00::1", kPrivate},
    {"fd00::1", kPrivate},
    {"fd12:3456::1", kPrivate},
    {"fd00:ec1:ffff::1", kPrivate},
    {"fd00:ec3::1", kPrivate},
    {"fdff:ffff::1", kPrivate},
    // loopback
    {"127.0.0.0", kLoopback},
    {"127.0.0.1", kLoopback},
    {"127.0.0.53", kLoopback},
    {"127.1.2.3", kLoopback},
    {"127.255.255.255", kLoopback},
    {"::1", kLoopback},
    // link-local, with the metadata services of AWS
    {"169.254.0.0", kLinkLocal},
    {"169.254.169.254", kLinkLocal},
    {"169.254.170.2", kLinkLocal},
    {"169.254.170.23", kLinkLocal},
    {"169.254.255.255", kLinkLocal},
    {"fe80::", kLinkLocal},
    {"fe80::1", kLinkLocal},
    {"febf:ffff::1", kLinkLocal},
    {"fe80::5efe:a00:1", kLinkLocal},
    {"fd00:ec2::254", kMetadata},
    {"fd00:ec2::23", kMetadata},
    {"fd00:ec2::253", kMetadata},
    {"fd00:ec2:ffff::1", kMetadata},
    // multicast
    {"224.0.0.0", kMulticast},
    {"224.0.0.251", kMulticast},
    {"239.255.255.255", kMulticast},
    {"ff00::", kMulticast},
    {"ff02::1", kMulticast},
    {"ff0e::1", kMulticast},
    // protocol assignments, future use, broadcast
    {"192.0.0.0", kReserved},
    {"192.0.0.8", kReserved},
    {"192.0.0.170", kReserved},
    {"192.0.0.255", kReserved},
    {"240.0.0.0", kReserved},
    {"250.1.2.3", kReserved},
    {"255.255.255.254", kReserved},
    {"255.255.255.255", kReserved},
    // documentation, benchmarks
    {"192.0.2.0", kDocumentation},
    {"192.0.2.255", kDocumentation},
    {"198.18.0.0", kDocumentation},
    {"198.19.255.255", kDocumentation},
    {"198.51.100.7", kDocumentation},
    {"203.0.113.0", kDocumentation},
    {"203.0.113.255", kDocumentation},
    {"2001:db8::", kDocumentation},
    {"2001:db8::1", kDocumentation},
    {"2001:db8:ffff::1", kDocumentation},
    {"3fff::1", kDocumentation},
    {"3fff:fff:ffff::1", kDocumentation},
    // an IPv4 address inside
    {"192.88.99.1", kTransition},
    {"::2", kTransition},
    {"::127.0.0.1", kTransition},
    {"::169.254.169.254", kTransition},
    {"::8.8.8.8", kTransition},
    {"64:ff9b::808:808", kTransition},
    {"64:ff9b::a9fe:a9fe", kTransition},
    {"64:ff9b::7f00:1", kTransition},
    {"64:ff9b:1::1", kTransition},
    {"64:ff9b:1:a9fe:a9:fe00::", kTransition},
    {"2002::1", kTransition},
    {"2002:a9fe:a9fe::1", kTransition},
    {"2002:7f00:1::", kTransition},
    {"2002:808:808::1", kTransition},
    {"2001::1", kTransition},
    {"2001:0:a9fe:a9fe::1", kTransition},
    {"2001::5601:5601", kTransition},
    // the rest of IPv6
    {"2001:1::1", kReserved},
    {"2001:2::1", kReserved},
    {"2001:10::1", kReserved},
    {"2001:20::1", kReserved},
    {"2001:1ff::1", kReserved},
    {"2001:200::1", kPublic},
    {"2001:4860:4860::8888", kPublic},
    {"2003::1", kPublic},
    {"3ffe::1", kPublic},
    {"100::1", kReserved},
    {"64:ff9a::1", kReserved},
    {"64:ff9b:2::1", kReserved},
    {"fec0::1", kReserved},
    {"feff::1", kReserved},
    {"4000::1", kReserved},
    {"5f00::1", kReserved},
    {"fbff::1", kReserved},
    {"fe00::1", kReserved},
    {"1::1", kReserved},
};

static_assert(std::size(kCases) >= 120);

bool dial(const char* address, Action action, PrivateAddresses when, bool sidecar,
          const std::vector<CidrPort>& allowed = {}, std::uint16_t port = 443) {
  return may_dial(*IpAddress::parse(address), port, action, when, sidecar, allowed);
}

TEST(AddressPolicy, ClassifiesEveryRange) {
  for (const Case& c : kCases) {
    const auto address = IpAddress::parse(c.address);
    ASSERT_TRUE(address) << c.address;
    EXPECT_EQ(name_of(classify(*address)), name_of(c.address_class)) << c.address;
  }
}

TEST(AddressPolicy, OnlyPublicAndSomePrivateAddressesAreDialled) {
  for (const Case& c : kCases) {
    for (const auto action : {Action::kInject, Action::kTunnel}) {
      for (const bool sidecar : {false, true}) {
        const bool is_public = c.address_class == kPublic;
        const bool is_private = c.address_class == kPrivate;
        EXPECT_EQ(dial(c.address, action, PrivateAddresses::kAuto, sidecar),
                  is_public || (is_private && (action == Action::kInject || sidecar)))
            << c.address;
        EXPECT_EQ(dial(c.address, action, PrivateAddresses::kDeny, sidecar), is_public);
        EXPECT_EQ(dial(c.address, action, PrivateAddresses::kAllow, sidecar),
                  is_public || is_private);
      }
    }
    EXPECT_FALSE(dial(c.address, Action::kDeny, PrivateAddresses::kAllow, true));
  }
}

TEST(AddressPolicy, MappedAddressCountsAsTheOneInside) {
  std::array<std::uint8_t, 16> bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 169, 254, 169, 254};
  EXPECT_EQ(classify(IpAddress(bytes)), kLinkLocal);
}

TEST(AddressPolicy, AllowListOpensOneAddressAndPort) {
  const std::vector<CidrPort> allowed{*CidrPort::parse("127.0.0.1:8443"),
                                      *CidrPort::parse("[64:ff9b::/96]:8443")};
  const auto tunnel = [&](const char* address, std::uint16_t port) {
    return dial(address, Action::kTunnel, PrivateAddresses::kDeny, false, allowed, port);
  };
  EXPECT_TRUE(tunnel("127.0.0.1", 8443));
  EXPECT_FALSE(tunnel("127.0.0.1", 443));
  EXPECT_FALSE(tunnel("127.0.0.2", 8443));
  EXPECT_TRUE(tunnel("64:ff9b::808:808", 8443));
}

TEST(AddressPolicy, NothingOpensLinkLocal) {
  std::vector<CidrPort> all{*CidrPort::parse("0.0.0.0/0:80"), *CidrPort::parse("[::/0]:80")};
  for (const char* address :
       {"169.254.169.254", "169.254.170.2", "fe80::1", "fd00:ec2::254", "fd00:ec2::23",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1:a9fe:a9:fe00::", "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::1", "2001::5601:5601", "::169.254.169.254"}) {
    EXPECT_TRUE(never_dialled(*IpAddress::parse(address))) << address;
    EXPECT_FALSE(dial(address, Action::kInject, PrivateAddresses::kAllow, true, all, 80))
        << address;
  }
}

}  // namespace
}  // namespace wif::config
