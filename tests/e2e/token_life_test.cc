// The life of a token: fetched once, renewed ahead, renewed once when the API refuses it.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

constexpr const char* kHost = "echo.googleapis.com";

class TokenLife : public testing::Test {
 protected:
  std::size_t exchanges() { return cloud.arrivals().count("google_sts"); }
  std::size_t impersonations() { return cloud.arrivals().count("iam_credentials"); }

  // So many clients at once; how many got that status.
  static int statuses(const TestProxy& proxy, int clients, const std::string& request, int status) {
    std::vector<std::thread> threads;
    std::atomic<int> matching{0};
    for (int i = 0; i < clients; ++i) {
      threads.emplace_back([&] {
        try {
          TlsClient client(proxy, kHost);
          if (client.exchange(request).status == status) ++matching;
        } catch (const std::exception& error) {
          ADD_FAILURE() << error.what();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return matching;
  }

  sandbox::Cloud cloud;
};

// Requests share one token; an exchange per request would be refused for its rate.
TEST_F(TokenLife, OneExchangeServesAllRequests) {
  auto proxy = TestProxy(cloud).ec2().start();
  EXPECT_EQ(statuses(proxy, 20, request_text("GET", "/", kHost), 200), 20);
  EXPECT_EQ(exchanges(), 1u);
  EXPECT_EQ(impersonations(), 1u);
}

// A burst before the first token waits for one and the same exchange.
TEST_F(TokenLife, BurstWithoutATokenCostsOneExchange) {
  sandbox::Failure slow;
  slow.kind = sandbox::Failure::Kind::kPassOn;
  slow.delay = std::chrono::milliseconds(1500);
  cloud.failures().add("google_sts", slow);
  auto proxy = TestProxy(cloud).ec2().unready().flag("--token-wait", "30s").start();
  EXPECT_EQ(statuses(proxy, 20, request_text("GET", "/", kHost), 200), 20);
  EXPECT_EQ(exchanges(), 1u);
}

// A token is renewed while the old one still works: no request ever waits or fails.
TEST_F(TokenLife, RenewsAheadOfTheEnd) {
  cloud.world().set_token_life(std::chrono::seconds(6));
  auto proxy = TestProxy(cloud).ec2().start();
  TlsClient client(proxy, kHost);
  const auto wanted = impersonations() + 2;
  int refused = 0;
  EXPECT_TRUE(eventually([&] {
    if (client.exchange(request_text("GET", "/", kHost)).status != 200) ++refused;
    return impersonations() >= wanted;
  }));
  EXPECT_EQ(refused, 0);
}

// While the source is down the old token serves to its end (P13).
TEST_F(TokenLife, ShortOutageIsInvisible) {
  cloud.world().set_token_life(std::chrono::seconds(12));
  auto proxy = TestProxy(cloud).ec2().start();
  sandbox::Failure down;
  down.count = 0;
  cloud.failures().add("google_sts", down);
  cloud.failures().add("iam_credentials", down);
  EXPECT_TRUE(proxy.wait_for_event("token_refresh")) << "the renewal has to have failed";
  TlsClient client(proxy, kHost);
  EXPECT_EQ(client.exchange(request_text("GET", "/", kHost)).status, 200);
  cloud.failures().clear();
  EXPECT_TRUE(eventually([&] { return proxy.events("token").size() >= 2; })) << proxy.log();
  EXPECT_EQ(client.exchange(request_text("GET", "/", kHost)).status, 200);
}

// A revoked token: one new token, the request once more, and the client sees nothing of it. Go and
// Node do not repeat by themselves.
TEST_F(TokenLife, RefusedTokenIsRenewedAndTheRequestRepeated) {
  auto proxy = TestProxy(cloud).ec2().start();
  cloud.world().revoke_all_tokens();
  TlsClient client(proxy, kHost);
  const Reply reply =
      client.exchange(request_text("POST", "/", kHost, "Content-Length: 5\r\n") + "hello");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(Seen(reply.body).body_bytes, "5");
  EXPECT_EQ(cloud.arrivals().count("echo"), 2u);
  EXPECT_EQ(client.exchange(request_text("GET", "/", kHost)).status, 200);
  EXPECT_EQ(cloud.arrivals().count("echo"), 3u) << "the new token has to stay";
}

// The same without a body.
TEST_F(TokenLife, GetIsRepeatedAfterARefusal) {
  auto proxy = TestProxy(cloud).ec2().start();
  cloud.world().revoke_all_tokens();
  TlsClient client(proxy, kHost);
  EXPECT_EQ(client.exchange(request_text("GET", "/", kHost)).status, 200);
  EXPECT_EQ(cloud.arrivals().count("echo"), 2u);
}

// A body that is too large to keep cannot be sent again: the 401 is passed on as it is.
TEST_F(TokenLife, LargeBodyGetsTheRefusalAsItIs) {
  auto proxy = TestProxy(cloud).ec2().flag("--max-replay-bytes", "1024").start();
  cloud.world().revoke_all_tokens();
  TlsClient client(proxy, kHost);
  const Reply reply = client.exchange(request_text("POST", "/", kHost, "Content-Length: 5000\r\n") +
                                      std::string(5000, 'x'));
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(json_at(reply.body, "/error/status"), "UNAUTHENTICATED");
  EXPECT_EQ(cloud.arrivals().count("echo"), 1u);
}

// An API that refuses every token gets two tries, not a loop.
TEST_F(TokenLife, SecondRefusalIsPassedOn) {
  auto proxy = TestProxy(cloud).ec2().start();
  TlsClient client(proxy, kHost);
  const Reply reply = client.exchange(request_text("GET", "/status/401", kHost));
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.body, "status 401\n");
  EXPECT_EQ(cloud.arrivals().count("echo"), 2u);
  EXPECT_EQ(impersonations(), 2u);
  EXPECT_EQ(client.exchange(request_text("GET", "/status/401", kHost)).status, 401);
  EXPECT_EQ(impersonations(), 2u) << "at most one forced renewal per 30 s";
}

// 403 says that the token was understood; a new one would be refused just the same.
TEST_F(TokenLife, ForbiddenIsNotRepeated) {
  auto proxy = TestProxy(cloud).ec2().start();
  TlsClient client(proxy, kHost);
  EXPECT_EQ(client.exchange(request_text("GET", "/status/403", kHost)).status, 403);
  EXPECT_EQ(cloud.arrivals().count("echo"), 1u);
  EXPECT_EQ(impersonations(), 1u);
}

// Ten requests that are refused together bring one new token, not ten.
TEST_F(TokenLife, TenRefusalsAtOnceCauseOneRenewal) {
  auto proxy = TestProxy(cloud).ec2().start();
  sandbox::Failure together;  // all ten are under way before the first is refused
  together.kind = sandbox::Failure::Kind::kPassOn;
  together.delay = std::chrono::milliseconds(1000);
  together.count = 10;
  cloud.failures().add("echo", together);
  cloud.world().revoke(cloud.world().issued_tokens().back());  // not the federated one
  EXPECT_EQ(statuses(proxy, 10, request_text("GET", "/", kHost), 200), 10);
  EXPECT_EQ(impersonations(), 2u);
}

// Without a token a burst of requests costs one exchange, and each gets the failure at once.
TEST_F(TokenLife, FailureIsSharedByABurst) {
  cloud.metadata().set_instance_role("other-role");
  auto proxy = TestProxy(cloud).ec2().unready().flag("--token-wait", "30s").start();
  EXPECT_EQ(curl(proxy, {echo_url("/")}).status, 403);
  const std::size_t before = impersonations();
  EXPECT_EQ(statuses(proxy, 20, request_text("GET", "/", kHost), 403), 20);
  EXPECT_LE(impersonations(), before + 1);
}

}  // namespace
}  // namespace wif::test
