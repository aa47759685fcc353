// Rules that look into requests.
#include <gtest/gtest.h>

#include "tests/support/client.h"
#include "tests/support/json.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

constexpr const char* kHost = "echo.googleapis.com";

class Rules : public testing::Test {
 protected:
  TestProxy with_rules(const std::string& rules) {
    TestProxy proxy(cloud);
    proxy.ec2().flag("--config",
                     folder.write("config.json", "{\"version\": 1, \"rules\": " + rules + "}"));
    return proxy;
  }

  TemporaryFolder folder;
  sandbox::Cloud cloud;
};

// Google would decode what we compared undecoded. And what passes is the client's own spelling: an
// object's name may hold any of these bytes.
TEST_F(Rules, SpellingOfAPathIsNoWayRoundADenyAndIsNotChanged) {
  auto proxy = with_rules(R"([{"hosts": ["echo.googleapis.com"], "paths": ["/secret/*"],
                               "action": "deny"},
                              {"hosts": ["echo.googleapis.com"], "action": "inject"}])")
                   .start();
  TlsClient client(proxy, kHost);
  for (const char* target : {"/secret/x", "/open/%2e%2e/secret/x", "/%73ecret/x", "//secret/x",
                             "/secret%2Fx?a=b", "/open/../secret/x"}) {
    EXPECT_EQ(client.exchange(request_text("GET", target, kHost)).status, 403) << target;
  }
  EXPECT_EQ(cloud.arrivals().count("echo"), 0u);
  for (const char* target : {"/open/%7Ename//a%2Fb/./c?q=%2e%2e/secret", "/open/%2e%2E/x", "//x"}) {
    EXPECT_EQ(Seen(client.exchange(request_text("GET", target, kHost)).body).target, target);
  }
}

}  // namespace
}  // namespace wif::test
