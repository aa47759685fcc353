#include "base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace wif {
namespace {

TEST(Text, ComparesWithoutCase) {
  EXPECT_TRUE(iequals("Content-Type", "content-type"));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_FALSE(iequals("[", "{"));  // 32 apart, but no letters
}

TEST(Text, TrimsBothEnds) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim("   "), "");
}

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ',').size(), 1u);
}

TEST(Text, DecimalTakesDigitsOnly) {
  EXPECT_EQ(parse_decimal<int>("42"), 42);
  EXPECT_EQ(parse_decimal<std::uint16_t>("65535"), 65535);
  for (const char* text : {"", "+1", "-1", " 1", "1 ", "0x1", "1e3"}) {
    EXPECT_FALSE(parse_decimal<int>(text)) << text;
  }
  EXPECT_FALSE(parse_decimal<std::uint16_t>("65536"));
}

TEST(Text, PercentEncodingKeepsUnreservedOnly) {
  EXPECT_EQ(percent_encode("aZ0-._~"), "aZ0-._~");
  EXPECT_EQ(percent_encode("a b/:@é"), "a%20b%2F%3A%40%C3%A9");
}

TEST(Text, PercentDecodingRefusesBrokenEscapes) {
  EXPECT_EQ(percent_decode("a%2fb%2F"), "a/b/");
  for (const char* text : {"%", "%4", "%zz", "a%4"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(Text, Base64) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("client@example:s3cr3t:with colon"),
            "Y2xpZW50QGV4YW1wbGU6czNjcjN0OndpdGggY29sb24=");
}

TEST(Text, Base64Url) {
  EXPECT_EQ(base64url_decode("Zm9v"), "foo");
  EXPECT_EQ(base64url_decode("Zg"), "f");
  EXPECT_EQ(base64url_decode("Zg=="), "f");
  EXPECT_EQ(base64url_decode("-_8"), "\xfb\xff");
  EXPECT_FALSE(base64url_decode("a+b/"));
}

TEST(Text, NearestFindsTypingMistakes) {
  const std::vector<std::string_view> names{"--listen", "--log-level", "--credentials"};
  EXPECT_EQ(nearest("--lisen", names), "--listen");
  EXPECT_EQ(nearest("--credential", names), "--credentials");
  EXPECT_EQ(nearest("--zzzzzzzz", names), "");
}

}  // namespace
}  // namespace wif
