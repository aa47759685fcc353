// threat-model.md as tables.
#include "config/host_pattern.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wif::config {
namespace {

std::string repeated(const std::string& part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

struct Spelling {
  std::string written;
  std::string normal;  // "" = refused
};

std::vector<Spelling> accepted() {
  const std::string label63 = std::string(63, 'a');
  const std::string name253 = repeated(label63 + ".", 3) + std::string(61, 'b');
  return {
      {"bigquery.googleapis.com", "bigquery.googleapis.com"},
      {"BigQuery.GoogleAPIs.COM", "bigquery.googleapis.com"},
      {"BIGQUERY.GOOGLEAPIS.COM.", "bigquery.googleapis.com"},
      {"bigquery.googleapis.com.", "bigquery.googleapis.com"},
      {"localhost", "localhost"},
      {"metadata", "metadata"},
      {"Metadata.Google.Internal.", "metadata.google.internal"},
      {"a", "a"},
      {"a.b", "a.b"},
      {"1a", "1a"},
      {"1.a", "1.a"},
      {"1.2.3.a", "1.2.3.a"},
      {"1.2.3.4a", "1.2.3.4a"},
      {"0.pool.ntp.org", "0.pool.ntp.org"},
      {"a-b.c-d", "a-b.c-d"},
      {"a--b.c", "a--b.c"},
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
      {"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
      {"_dmarc.example.com", "_dmarc.example.com"},
      {"a_b.example.com", "a_b.example.com"},
      {"_", "_"},
      {"a_.b_", "a_.b_"},
      {label63, label63},
      {label63 + ".com", label63 + ".com"},
      {name253, name253},
      {name253 + ".", name253},
      {"127.0.0.1", "127.0.0.1"},
      {"127.0.0.1.", "127.0.0.1"},
      {"8.8.8.8", "8.8.8.8"},
      {"169.254.169.254", "169.254.169.254"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"::1", "::1"},
      {"::", "::"},
      {"2001:db8::1", "2001:db8::1"},
      {"2001:DB8::1", "2001:db8::1"},
      {"fd00:ec2::254", "fd00:ec2::254"},
      {"us-central1-sts.googleapis.com", "us-central1-sts.googleapis.com"},
      {"sts.us-central1.rep.googleapis.com", "sts.us-central1.rep.googleapis.com"},
      {"bigquery-myendpoint.p.googleapis.com", "bigquery-myendpoint.p.googleapis.com"},
      {"host.0xyz.com", "host.0xyz.com"},
      {"123.example", "123.example"},
  };
}

std::vector<std::string> refused() {
  const std::string label63 = std::string(63, 'a');
  return {
      // empty labels and dots
      "",
      ".",
      "..",
      "...",
      ".com",
      "..com",
      "a..b",
      "a.b..",
      ".a.b",
      "a...b",
      "a.b...",
      // hyphens at an edge
      "-",
      "-a",
      "a-",
      "-a.com",
      "a-.com",
      "a.-b",
      "a.b-",
      "a.-.b",
      "--",
      "a.--.b",
      // too long
      std::string(64, 'a'),
      std::string(64, 'a') + ".com",
      repeated(label63 + ".", 3) + std::string(62, 'b'),
      repeated("a.", 126) + "aa",
      std::string(300, 'a'),
      repeated("abc.", 100) + "com",
      // numbers that some resolver takes for an address
      "1",
      "0",
      "127",
      "2130706433",
      "127.1",
      "127.0.1",
      "1.2.3",
      "1.2.3.4.5",
      "256.1.1.1",
      "1.2.3.256",
      "01.2.3.4",
      "1.2.3.04",
      "0177.0.0.1",
      "0x7f.0.0.1",
      "0x7f.1",
      "0x7f000001",
      "0x",
      "0X7F.1",
      "a.0x1",
      "a.0x",
      "foo.0xff",
      "example.123",
      "a.1",
      "foo.bar.0",
      "127.0.0.1..",
      "1.1.1.1.1.1",
      "4294967295",
      "00000.1",
      "0x7f.0x0.0x0.0x1",
      "1e1.2",
      // IPv6 that is not canonical, and brackets
      "[::1]",
      "::1%lo",
      "fe80::1%25eth0",
      "fe80::1%1",
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
      "0:0:0:0:0:0:0:1",
      "2001:0db8::1",
      "2001:db8:0:0:0:0:0:1",
      "::1.",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      ":",
      ":::",
      "1::2::3",
      "::g",
      "12345::",
      "a:b",
      "[::1",
      "::1]",
      // characters that are not of a name
      "a b",
      " a",
      "a ",
      "a\tb",
      "a\nb",
      "a\r\n",
      "a/b",
      "a\\b",
      "a?b",
      "a#b",
      "a@b",
      "user@host",
      "user:pw@host",
      "a:443",
      "bigquery.googleapis.com:443",
      "http://a",
      "//a",
      "a%2eb",
      "%61.com",
      "a%00b",
      "a,b",
      "a;b",
      "a|b",
      "a'b",
      "a\"b",
      "a<b",
      "a>b",
      "a(b)",
      "a{b}",
      "a*b",
      "*.googleapis.com",
      "*",
      "a$b",
      "a&b",
      "a+b",
      "a=b",
      "a!b",
      "a~b",
      "a^b",
      "a`b",
      std::string("a\0b", 3),
      std::string("a\0", 2),
      std::string("\0", 1),
      "a\x7f",
      "a\x1b[0m",
      // not ASCII
      "bücher.example",
      "例え.jp",
      "ｂｉｇquery.com",
      "google。com",
      "a\xc2\xad"
      "b",
      "a\xff",
      "\xe2\x80\x8b",
      "googleapis.com\xe3\x80\x82",
      "ﬀ.com",
      "ſts.googleapis.com",
      "googleapıs.com",
      "sts．googleapis.com",
  };
}

TEST(NormalizeHost, AcceptsNamesAndCanonicalAddresses) {
  for (const auto& spelling : accepted()) {
    EXPECT_EQ(normalize_host(spelling.written), spelling.normal) << spelling.written;
  }
}

TEST(NormalizeHost, RefusesEverythingElse) {
  for (const auto& written : refused()) {
    EXPECT_FALSE(normalize_host(written)) << written;
  }
  EXPECT_GE(accepted().size() + refused().size(), 150u);
}

TEST(NormalizeHost, IsIdempotent) {
  for (const auto& spelling : accepted()) {
    EXPECT_EQ(normalize_host(*normalize_host(spelling.written)), spelling.normal);
  }
}

bool matches(const char* pattern, const char* host) {
  return HostPattern::parse(pattern)->matches(host);
}

TEST(HostPattern, WildcardCoversAnyDepthButNotTheSuffix) {
  EXPECT_TRUE(matches("*.googleapis.com", "bigquery.googleapis.com"));
  EXPECT_TRUE(matches("*.googleapis.com", "a.b.googleapis.com"));
  EXPECT_TRUE(matches("*.googleapis.com", "sts.us-central1.rep.googleapis.com"));
  for (const char* host :
       {"googleapis.com", "evilgoogleapis.com", "googleapis.com.evil.example", ".googleapis.com",
        "bigquery-googleapis.com", "bigquery.googleapis.co", "com", "", "xgoogleapis.com",
        "bigquery.googleapis.com.cn", "googleapis.com.googleapis.co"}) {
    EXPECT_FALSE(matches("*.googleapis.com", host)) << host;
  }
}

TEST(HostPattern, ExactMatchesItselfOnly) {
  EXPECT_TRUE(matches("googleapis.com", "googleapis.com"));
  EXPECT_FALSE(matches("googleapis.com", "www.googleapis.com"));
  EXPECT_FALSE(matches("googleapis.com", "googleapis.co"));
  EXPECT_TRUE(matches("10.1.2.3", "10.1.2.3"));
  EXPECT_TRUE(matches("::1", "::1"));
}

TEST(HostPattern, StarMatchesEveryHost) {
  for (const char* host : {"a", "a.b", "127.0.0.1", "::1"}) EXPECT_TRUE(matches("*", host));
  EXPECT_TRUE(HostPattern::parse("*")->is_any());
  EXPECT_EQ(HostPattern::parse("*")->suffix(), "");
}

TEST(HostPattern, KnowsItsSuffix) {
  EXPECT_EQ(HostPattern::parse("*.googleapis.com")->suffix(), "googleapis.com");
  EXPECT_EQ(HostPattern::parse("storage.googleapis.com")->suffix(), "storage.googleapis.com");
  EXPECT_TRUE(HostPattern::parse("storage.googleapis.com")->is_exact());
  EXPECT_EQ(HostPattern::parse("*.googleapis.com")->text(), "*.googleapis.com");
}

TEST(HostPattern, AnythingElseIsAnError) {
  for (const char* text : {"",
                           ".",
                           "*.",
                           "**",
                           "*a",
                           "a*",
                           "a*.b",
                           "*a.b",
                           "a.*",
                           "a.*.b",
                           "*.*",
                           "*.*.com",
                           "**.com",
                           "*.Googleapis.com",
                           "Googleapis.com",
                           "googleapis.com.",
                           "*.googleapis.com.",
                           ".googleapis.com",
                           "https://googleapis.com",
                           "googleapis.com:443",
                           "googleapis.com/",
                           "*.googleapis.com:443",
                           "*.1.2.3.4",
                           "*.127.1",
                           "[::1]",
                           "*.::1",
                           "bücher.example",
                           "*.bücher.example",
                           "a b",
                           " a",
                           "a..b",
                           "127.1",
                           "0x7f.1",
                           "*.10",
                           "user@host"}) {
    const auto pattern = HostPattern::parse(text);
    ASSERT_FALSE(pattern) << text;
    EXPECT_NE(pattern.error().what.find("*.googleapis.com"), std::string::npos);
  }
}

}  // namespace
}  // namespace wif::config
