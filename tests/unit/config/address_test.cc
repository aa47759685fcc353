#include "config/address.h"

#include <gtest/gtest.h>

#include <string>

namespace wif::config {
namespace {

TEST(IpAddress, TakesTheCanonicalSpellingOnly) {
  for (const char* text : {"0.0.0.0", "127.0.0.1", "255.255.255.255", "10.1.2.3", "::", "::1",
                           "fd00:ec2::254", "2001:db8::1", "fe80::1", "64:ff9b::a00:1"}) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
  for (const char* text :
       {"",           "127.1",       "2130706433",     "0x7f.1",          "0x7f000001",
        "0177.0.0.1", "127.0.0.01",  "1.2.3",          "1.2.3.4.5",       "256.1.1.1",
        "1.2.3.4 ",   " 1.2.3.4",    "1.2.3.4.",       "[::1]",           "::1%lo",
        "fe80::1%1",  "2001:DB8::1", "2001:0db8::1",   "0:0:0:0:0:0:0:1", "2001:db8:0:0::1",
        ":::",        "1::2::3",     "::ffff:1.2.3.4", "::ffff:102:304",  "localhost",
        "１.2.3.4"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(IpAddress, KnowsLoopback) {
  for (const char* text : {"127.0.0.1", "127.255.255.254", "::1"}) {
    EXPECT_TRUE(IpAddress::parse(text)->is_loopback()) << text;
  }
  for (const char* text : {"126.0.0.1", "128.0.0.1", "::", "::2", "0.0.0.0", "fe80::1"}) {
    EXPECT_FALSE(IpAddress::parse(text)->is_loopback()) << text;
  }
}

TEST(IpAddress, KeepsIpv4AsNumber) {
  EXPECT_EQ(IpAddress::parse("1.2.3.4")->v4_bits(), 0x01020304u);
  EXPECT_EQ(IpAddress::v4(0x01020304), *IpAddress::parse("1.2.3.4"));
  EXPECT_FALSE(IpAddress::parse("::1")->is_v4());
}

bool contains(const char* cidr, const char* address) {
  return Cidr::parse(cidr)->contains(*IpAddress::parse(address));
}

TEST(Cidr, Contains) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("10.1.2.0/23", "10.1.3.255"));
  EXPECT_FALSE(contains("10.1.2.0/23", "10.1.4.0"));
  EXPECT_TRUE(contains("10.1.2.3", "10.1.2.3"));
  EXPECT_FALSE(contains("10.1.2.3", "10.1.2.4"));
  EXPECT_TRUE(contains("fd00::/8", "fdff::1"));
  EXPECT_FALSE(contains("fd00::/8", "fc00::1"));
}

TEST(Cidr, EverythingOfOneFamilyIsNotTheOther) {
  EXPECT_TRUE(contains("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
  EXPECT_TRUE(contains("::/0", "2001:db8::1"));
  EXPECT_FALSE(contains("::/0", "8.8.8.8"));
}

TEST(Cidr, RefusesWhatMeansNothing) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/8",
                           "10.0.0.0/8/8", "::/129", "fd00::1/8", "localhost", "10.0.0.0/08x"}) {
    EXPECT_FALSE(Cidr::parse(text)) << text;
  }
  EXPECT_NE(Cidr::parse("10.1.2.3/8").error().what.find("10.0.0.0/8"), std::string::npos);
}

TEST(Cidr, PrintsWhatItMeans) {
  EXPECT_EQ(Cidr::parse("10.0.0.0/8")->to_string(), "10.0.0.0/8");
  EXPECT_EQ(Cidr::parse("::1")->to_string(), "::1/128");
  EXPECT_EQ(Cidr::parse("1.2.3.4")->to_string(), "1.2.3.4/32");
}

TEST(CidrPort, NeedsBoth) {
  EXPECT_EQ(CidrPort::parse("10.1.2.0/24:443")->port, 443);
  EXPECT_TRUE(CidrPort::parse("[fd00::/8]:443")->cidr.contains(*IpAddress::parse("fd00::1")));
  for (const char* text : {"10.1.2.0/24", "10.1.2.0/24:", "10.1.2.0/24:0", "fd00::/8:443",
                           "10.1.2.0/24:65536", "[10.0.0.0/8]:443", "[fd00::/8:443", ":443"}) {
    EXPECT_FALSE(CidrPort::parse(text)) << text;
  }
}

TEST(Endpoint, Parses) {
  EXPECT_EQ(Endpoint::parse("127.0.0.1:3128")->to_string(), "127.0.0.1:3128");
  EXPECT_EQ(Endpoint::parse("[::1]:0")->to_string(), "[::1]:0");
  EXPECT_EQ(Endpoint::parse("localhost:80")->to_string(), "127.0.0.1:80");
  EXPECT_EQ(Endpoint::parse(":3128")->to_string(), "[::]:3128");
  for (const char* text :
       {"", "3128", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:3128", "example.com:80",
        "[::1]", "[::1]3128", "127.0.0.1:-1", "unix:/run/x", "127.1:80", "http://127.0.0.1:80"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

}  // namespace
}  // namespace wif::config
