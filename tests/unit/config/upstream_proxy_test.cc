// upstream.proxy: its forms, and that a password in it is neither taken from a flag nor shown.
#include "config/upstream_proxy.h"

#include "loading.h"

namespace wif::config {
namespace {

TEST(UpstreamProxy, FormsOfTheUrl) {
  const auto plain = parse_upstream_proxy("http://Proxy.Corp.example:3128");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "proxy.corp.example");
  EXPECT_EQ(plain->port, 3128);
  EXPECT_TRUE(plain->authorization.empty());
  EXPECT_EQ(plain->to_string(), "proxy.corp.example:3128");
  EXPECT_EQ(parse_upstream_proxy("http://[::1]:8080/")->to_string(), "[::1]:8080");
  EXPECT_EQ(parse_upstream_proxy("http://10.0.0.1:80")->host, "10.0.0.1");
}

TEST(UpstreamProxy, UserAndPasswordBecomeBasic) {
  const auto header = [](const std::string& info) {
    const auto proxy = parse_upstream_proxy("http://" + info + "@p:1");
    return proxy ? std::string(proxy->authorization.reveal()) : proxy.error().what;
  };
  EXPECT_EQ(header("Aladdin:open%20sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617
  EXPECT_EQ(header("u%40corp:p%3a%2F%25"), "Basic dUBjb3JwOnA6LyU=");
  EXPECT_EQ(header("u@corp:p"), "Basic dUBjb3JwOnA=");
  EXPECT_EQ(header("user"), "Basic dXNlcjo=");
}

TEST(UpstreamProxy, OtherUrlsAreRefusedWithoutRepeatingThem) {
  for (const char* url :
       {"", "proxy:3128", "http://proxy", "http://:3128", "http://proxy:0",
        "http://proxy:3128/path", "http://proxy:3128?q", "socks5://proxy:1080",
        "https://proxy:3128", "http://hunter2:hunter2@proxy", "http://user:hunter2@:1",
        "https://u:hunter2@proxy:1", "http://:hunter2@proxy:1", "http://u:hunter2%zz@proxy:1",
        "http://u:hunter2%0d%0aX@proxy:1", "http://u:hunter2 @proxy:1",
        "http://u%3A:hunter2@proxy:1"}) {
    const auto proxy = parse_upstream_proxy(url);
    ASSERT_FALSE(proxy) << url;
    EXPECT_NE(proxy.error().what.find("http://HOST:PORT"), std::string::npos) << proxy.error().what;
    EXPECT_EQ(proxy.error().what.find("hunter2"), std::string::npos) << proxy.error().what;
  }
  EXPECT_NE(parse_upstream_proxy("https://p:1").error().what.find("https:// to the proxy"),
            std::string::npos);
}

TEST_F(Loading, UpstreamProxyIsTakenFromFlagEnvironmentAndFile) {
  EXPECT_FALSE(good().upstream.proxy);
  file(R"("upstream": {"proxy": "http://u:p@file:1"})");
  EXPECT_EQ(good().upstream.proxy->to_string(), "file:1");
  EXPECT_FALSE(good().upstream.proxy->authorization.empty());
  variable("WIF_PROXY_UPSTREAM_PROXY", "http://u:p@variable:1");
  EXPECT_EQ(good().upstream.proxy->to_string(), "variable:1");
  flags({"--upstream-proxy", "http://flag:1"});
  EXPECT_EQ(good().upstream.proxy->to_string(), "flag:1");
  EXPECT_TRUE(good().upstream.proxy->authorization.empty());
  flags({"--upstream-proxy", "http://user@flag:1"});
  EXPECT_FALSE(good().upstream.proxy->authorization.empty());
}

// Our own HTTPS_PROXY would lead back to us (it is what clients are given).
TEST_F(Loading, ProxyVariablesOfOthersAreIgnored) {
  for (const char* name : {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"}) {
    variable(name, "http://elsewhere:1");
  }
  EXPECT_FALSE(good().upstream.proxy);
}

// R-4.6.4: arguments are for everybody to read.
TEST_F(Loading, PasswordInAFlagIsRefused) {
  for (const char* url : {"http://u:hunter2@proxy:1", "http://u:hunter2@", "u:hunter2@proxy:1"}) {
    flags({"--upstream-proxy", url});
    refused(2, "WIF_PROXY_UPSTREAM_PROXY");
    Sources again = sources;
    EXPECT_EQ(load(again).error().message.find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace wif::config
