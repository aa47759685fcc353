// The small readers: XML, JSON, JWT, URLs.
#include "auth/json_reader.h"
#include "auth/jwt.h"
#include "auth/url.h"
#include "auth/xml.h"
#include "fakes.h"

namespace wif::auth {
namespace {

TEST(Xml, ReadsTextsByPathWithoutNamespaces) {
  const auto texts = read_xml(
      "<?xml version=\"1.0\"?>\n<!-- c --><a xmlns=\"u\"><x:b q='1'>1 &lt; 2 "
      "&amp;&#x20AC;&#65;</x:b>"
      "<c/><b>second</b></a>\n");
  ASSERT_TRUE(texts);
  EXPECT_EQ(texts->at("a/b"), "1 < 2 &€A");
  EXPECT_EQ(texts->at("a/c"), "");
  EXPECT_EQ(texts->size(), 2u);
}

TEST(Xml, RefusesWhatItDoesNotUnderstand) {
  const std::string deep = [] {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "<a>";
    for (int i = 0; i < 100; ++i) text += "</a>";
    return text;
  }();
  for (const std::string& text :
       {std::string("<!DOCTYPE a><a>1</a>"), std::string("<a>1"), std::string("<a>1</b>"),
        std::string("<a>&unknown;</a>"), std::string("<a>&amp</a>"), std::string("plain text"),
        std::string("<a><![CDATA[x]]></a>"), std::string(""), std::string("<>"), deep}) {
    EXPECT_FALSE(read_xml(text)) << text;
  }
}

TEST(Json, FindsFieldsByPath) {
  const auto json = JsonReader::parse(
      R"({"error":{"code":403,"details":[{"x":1},{"reason":"R"}]},"aud":["a","b"],"t":true})");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->text({"error", "details", "*", "reason"}), "R");
  EXPECT_EQ(json->scalar({"error", "code"}), "403");
  EXPECT_FALSE(json->text({"error", "code"}));
  EXPECT_FALSE(json->text({"error"}));
  EXPECT_EQ(json->texts({"aud"}).size(), 2u);
}

TEST(Json, TakesASecretOnce) {
  auto json = JsonReader::parse(R"({"access_token":"abc"})");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->take_secret("access_token").reveal(), "abc");
  EXPECT_TRUE(json->take_secret("access_token").empty());
  EXPECT_TRUE(json->take_secret("other").empty());
}

TEST(Json, RefusesOtherThanOneShallowObject) {
  for (const std::string& text :
       {std::string("[]"), std::string("{} x"), std::string("{"), std::string("\"a\""),
        "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"}) {
    EXPECT_FALSE(JsonReader::parse(text));
  }
  EXPECT_TRUE(JsonReader::parse(R"({"a":"\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["})"));
}

TEST(Jwt, ShowsClaimsWithoutVerifying) {
  const auto claims = decode_jwt(jwt(
      R"({"iss":"https://i","sub":"system:serviceaccount:ns:sa","aud":["x","y"],"exp":1704067200})"));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->issuer, "https://i");
  EXPECT_EQ(claims->audiences, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(unix_seconds(*claims->expires), 1704067200);
  const auto subject = kubernetes_subject(claims->subject);
  ASSERT_TRUE(subject);
  EXPECT_EQ(subject->name_space + ":" + subject->service_account, "ns:sa");
}

TEST(Jwt, OpaqueTokensHaveNoClaims) {
  for (const char* text : {"", "abc", "a.b", "a.b.c", "<saml/>", "a.!!!.c"}) {
    EXPECT_FALSE(decode_jwt(text)) << text;
  }
}

TEST(Url, SplitsTheFewPartsThatMatter) {
  const auto url = parse_url("HTTP://[fd00:ec2::254]:8080/a/b?c=d");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "fd00:ec2::254");
  EXPECT_EQ(url->port, "8080");
  EXPECT_EQ(url->path, "/a/b");
  EXPECT_EQ(url->query, "c=d");
  EXPECT_EQ(url->origin(), "http://[fd00:ec2::254]:8080");
  EXPECT_EQ(parse_url("https://sts.amazonaws.com?A=1")->path, "");
}

TEST(Url, RefusesWhatCouldMeanTwoThings) {
  for (const char* text : {"http://u@h/", "http://h#f", "http:///x", "ftp://h/", "//h/",
                           "http://h:99999/", "http://h:/", "http://[::1", "http://[h]/",
                           "http://h\\x/", "http://h /", "http://h\r\n/", "http://[127.0.0.1]/"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
  EXPECT_EQ(kind_of_host("0x7f000001"), HostKind::kAmbiguous);
  EXPECT_EQ(kind_of_host("2852039166"), HostKind::kAmbiguous);
  EXPECT_EQ(kind_of_host("127.1"), HostKind::kAmbiguous);
  EXPECT_EQ(kind_of_host("1.example.com"), HostKind::kName);
}

}  // namespace
}  // namespace wif::auth
