#include "http/target.h"

#include <gtest/gtest.h>

#include <string>

namespace wif::http {
namespace {

std::string shown(const Authority& authority) {
  return std::string(authority.host) + " " +
         (authority.port ? std::to_string(*authority.port) : std::string("-"));
}
std::string authority(std::string_view text) {
  const auto parsed = parse_authority(text);
  EXPECT_TRUE(parsed || parsed.error().reason == Reason::kBadRequest);
  return parsed ? shown(*parsed) : "refused";
}
std::string absolute(std::string_view text) {
  const auto parsed = parse_absolute_target(text);
  EXPECT_TRUE(parsed || parsed.error().reason == Reason::kBadRequest);
  return parsed ? std::string(parsed->scheme) + " " + shown(parsed->authority) + " " +
                      std::string(parsed->path_and_query)
                : "refused";
}

TEST(ParseAuthority, ReadsHostAndPort) {
  EXPECT_EQ(authority("a.example"), "a.example -");
  EXPECT_EQ(authority("a.example:443"), "a.example 443");
  EXPECT_EQ(authority("A.Example.:1"), "A.Example. 1");  // normalised later
  EXPECT_EQ(authority("a:65535"), "a 65535");
  EXPECT_EQ(authority("192.0.2.1:80"), "192.0.2.1 80");
  EXPECT_EQ(authority("metadata.google.internal.:80"), "metadata.google.internal. 80");
}

TEST(ParseAuthority, ReadsIpv6Literals) {
  EXPECT_EQ(authority("[2001:db8::1]:443"), "2001:db8::1 443");
  EXPECT_EQ(authority("[::1]"), "::1 -");
}

// R-4.3.2
TEST(ParseAuthority, RefusesPortsThatAreNotPlainDecimals) {
  for (const std::string_view text :
       {"a:", "a:0", "a:65536", "a:99999", "a:100000", "a:+443", "a:-1", "a:0x1bb", "a:443a",
        "a:4 43", "a: 443", "a:443 ", "a:443:443", "a::443", "[::1]:", "[::1]:0", "[::1]:x",
        "a:000443"}) {
    EXPECT_EQ(authority(text), "refused") << text;
  }
}

TEST(ParseAuthority, RefusesMoreThanHostAndPort) {
  for (const std::string_view text :
       {"user@a:443", "user:pass@a:443", "@a", "a:443/", "a/", "a:443?x", "a?x", "a:443#x", "a#",
        "a\\b:443", "a b:443", " a:443"}) {
    EXPECT_EQ(authority(text), "refused") << text;
  }
}

TEST(ParseAuthority, RefusesWhatHasNoHost) {
  for (const std::string_view text : {"", ":443", ":", "[]:443", "[", "[]"}) {
    EXPECT_EQ(authority(text), "refused") << text;
  }
}

TEST(ParseAuthority, RefusesOddBrackets) {
  for (const std::string_view text : {"[::1", "[::1]443", "[::1]x:443", "[a.example]:443",
                                      "[192.0.2.1]:443", "::1", "::1:443", "fe80::1:443"}) {
    EXPECT_EQ(authority(text), "refused") << text;
  }
}

TEST(ParseAbsoluteTarget, ReadsItsParts) {
  EXPECT_EQ(absolute("http://a.example/x?y"), "http a.example - /x?y");
  EXPECT_EQ(absolute("HTTPS://a:8443/"), "https a 8443 /");
  EXPECT_EQ(absolute("http://a"), "http a - /");
  EXPECT_EQ(absolute("http://[::1]:80/x"), "http ::1 80 /x");
  EXPECT_EQ(absolute("http://a/b//c?d?e&&f=%2F"), "http a - /b//c?d?e&&f=%2F");
  EXPECT_EQ(absolute("http://a/http://b/"), "http a - /http://b/");
}

TEST(ParseAbsoluteTarget, RefusesOtherForms) {
  for (const std::string_view text :
       {"", "/", "/x", "*", "a.example:443", "ftp://a/", "ws://a/", "http:/a", "http:a", "http//a/",
        "://a/", "/http://a/", "x?http://a/", "httpx://a/", " http://a/"}) {
    EXPECT_EQ(absolute(text), "refused") << text;
  }
}

TEST(ParseAbsoluteTarget, RefusesOddAuthorities) {
  for (const std::string_view text :
       {"http://", "http:///", "http:///x", "http://:80/", "http://user@a/", "http://a@b/",
        "http://a:0/", "http://a:/", "http://a:x/", "http://a\\b/", "http://[::1/", "http://a?x",
        "http://a:80?x"}) {
    EXPECT_EQ(absolute(text), "refused") << text;
  }
}

TEST(ParseAbsoluteTarget, DoesNotMistakeAnAtSignInThePath) {
  EXPECT_EQ(absolute("http://a/b@c"), "http a - /b@c");
  EXPECT_EQ(absolute("http://a/?b@c\\"), "http a - /?b@c\\");
}

}  // namespace
}  // namespace wif::http
