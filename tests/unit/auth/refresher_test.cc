// When tokens are renewed, and what is published. The schedule is tested as a function of time and
// chance; the coroutine with a clock that stands still.
#include "auth/refresher.h"

#include <boost/asio/post.hpp>

#include "auth/schedule.h"
#include "auth/token_file.h"
#include "base/ready_queue.h"
#include "fakes.h"

namespace wif::auth {
namespace {

Token token_of(SteadyTime issued, std::chrono::seconds life) {
  return make_token(Secret(std::string("t")), issued, life, SystemTime());
}

TEST(TokenLife, IsServedUntilShortlyBeforeItsEnd) {
  const SteadyTime issued(1000s);
  EXPECT_EQ(token_of(issued, 3600s).serve_until, issued + 3590s);
  EXPECT_EQ(token_of(issued, 100s).serve_until, issued + 95s);
  const Token token = token_of(issued, 3600s);
  EXPECT_TRUE(token.may_be_served(issued + 3589s));
  EXPECT_FALSE(token.may_be_served(issued + 3590s));
}

TEST(TokenLife, FingerprintIsOfTheBareToken) {
  EXPECT_EQ(make_endless_token(Secret(std::string("abc")), SteadyTime()).fingerprint, "ba7816bf");
}

TEST(Schedule, RefreshesFiveToSixMinutesAhead) {
  const SteadyTime issued(1000s);
  const Token token = token_of(issued, 3600s);
  EXPECT_EQ(refresh_at(token, 0.0), issued + 3300s);
  EXPECT_EQ(refresh_at(token, 0.5), issued + 3270s);
  EXPECT_GE(refresh_at(token, 0.999), issued + 3240s);
  EXPECT_EQ(refresh_at(token_of(issued, 400s), 0.0), issued + 300s) << "a quarter of short lives";
}

TEST(Schedule, NeverSpinsOnTokensThatAreNearlyOver) {
  Schedule schedule(SteadyTime(0s));
  schedule.succeeded(token_of(SteadyTime(0s), 1s), SteadyTime(100s), 0.5);
  EXPECT_EQ(schedule.next(), SteadyTime(101s));
}

TEST(Schedule, BacksOffByClass) {
  EXPECT_EQ(retry_wait(RetryClass::kBackoff, 1, 0.999), 1s);
  EXPECT_EQ(retry_wait(RetryClass::kBackoff, 4, 0.5), 4s);
  EXPECT_EQ(retry_wait(RetryClass::kBackoff, 40, 0.5), 30s);
  EXPECT_EQ(retry_wait(RetryClass::kSlow, 1, 0.5), 15s);
  EXPECT_EQ(retry_wait(RetryClass::kSlow, 3, 0.5), 60s);
  EXPECT_EQ(retry_wait(RetryClass::kSlow, 40, 0.5), 150s);
  EXPECT_EQ(retry_wait(RetryClass::kOnceFresh, 1, 0.5), 15s);
  EXPECT_EQ(retry_wait(RetryClass::kSlow, 40, 0.0), 1s) << "full jitter, but never under a second";
  EXPECT_EQ(retry_wait(RetryClass::kNo, 1, 0.5), SteadyTime::duration::max());
}

TEST(Schedule, CountsFailuresOfOneClass) {
  Schedule schedule(SteadyTime(0s));
  const Failure slow = local_failure(Step::kSts, "provider_missing", "");
  const Failure quick = local_failure(Step::kSts, "network", "");
  schedule.failed(slow, SteadyTime(0s), 0.5);
  schedule.failed(slow, SteadyTime(0s), 0.5);
  EXPECT_EQ(schedule.next(), SteadyTime(30s));
  schedule.failed(quick, SteadyTime(0s), 0.999);
  EXPECT_EQ(schedule.next(), SteadyTime(1s));
  schedule.failed(local_failure(Step::kSts, "audience_malformed", ""), SteadyTime(0s), 0.5);
  EXPECT_EQ(schedule.next(), SteadyTime::max());
  schedule.at_once(SteadyTime(5s));
  EXPECT_EQ(schedule.next(), SteadyTime(5s));
}

TEST(Schedule, RequestsShortenTheWaitForASourceThatIsDown) {
  Schedule schedule(SteadyTime(0s));
  const Failure quick = local_failure(Step::kSts, "network", "");
  for (int i = 0; i < 8; ++i) schedule.failed(quick, SteadyTime(100s), 0.5);
  EXPECT_EQ(schedule.next(), SteadyTime(130s));
  EXPECT_TRUE(schedule.wanted());
  EXPECT_EQ(schedule.next(), SteadyTime(102s));
  EXPECT_FALSE(schedule.wanted());
  schedule.failed(local_failure(Step::kSts, "provider_missing", ""), SteadyTime(100s), 0.5);
  EXPECT_FALSE(schedule.wanted()) << "asking does not change a configuration";
}

TEST(Schedule, ForcesOneRefreshInThirtySeconds) {
  Schedule schedule(SteadyTime(0s));
  EXPECT_TRUE(schedule.force(SteadyTime(10s)));
  EXPECT_FALSE(schedule.force(SteadyTime(39s)));
  EXPECT_TRUE(schedule.force(SteadyTime(40s)));
}

// Runs the coroutine; `on_publish` sees the states one by one and ends it.
class RefresherTest : public ::testing::Test {
 protected:
  using OnPublish = std::function<void(Refresher&, const TokenState&, std::size_t)>;

  void run_until_stopped(config::Identity identity, OnPublish on_publish) {
    asio::io_context io;
    std::unique_ptr<Refresher> refresher;
    const Publish publish = [&](const TokenState& state) {
      states.push_back(state);
      if (at_once) at_once(state);
      const std::size_t number = states.size();
      // Like the proxy: publishing never calls back, so the reaction comes a moment later.
      asio::post(io, [&, number] { on_publish(*refresher, states[number - 1], number); });
    };
    states.reserve(100);
    refresher = std::make_unique<Refresher>(world.context, std::move(identity), publish);
    spawn(io.get_executor(), refresher->run(io.get_executor()),
          [](const std::exception_ptr& failure) { EXPECT_FALSE(failure); });
    io.run();
  }
  void serve_everything() {
    world.environment.files["/token"] = "opaque";
    world.on(kStsRequest, respond(200, kFederatedJson));
    world.on(kImpersonationRequest, respond(200, kAccessJson, {{"date", kMidnight}}));
    world.on(kImpersonationRequest,
             respond(200, R"({"accessToken":"second","expireTime":"2024-01-01T01:00:00Z"})",
                     {{"date", kMidnight}}));
  }

  World world;
  std::vector<TokenState> states;
  std::function<void(const TokenState&)> at_once;  // while it is being published
};

TEST_F(RefresherTest, MintsAtOnceAndPublishes) {
  serve_everything();
  run_until_stopped(oidc_identity(),
                    [](Refresher& refresher, const TokenState&, std::size_t) { refresher.stop(); });
  ASSERT_EQ(states.size(), 1u);
  ASSERT_TRUE(states[0].token);
  EXPECT_EQ(states[0].token->principal, kEmail);
  EXPECT_EQ(states[0].source, "file:/token");
  EXPECT_FALSE(states[0].failure);
  EXPECT_EQ(states[0].next_attempt, world.clock.now() + 3270s);
}

TEST_F(RefresherTest, RefreshesWhenItIsTime) {
  serve_everything();
  at_once = [&](const TokenState& state) {
    if (states.size() == 1) world.clock.advance(state.next_attempt - world.clock.now());
  };
  run_until_stopped(oidc_identity(),
                    [](Refresher& refresher, const TokenState&, std::size_t number) {
                      if (number == 2) refresher.stop();
                    });
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[1].token->authorization.reveal(), "Bearer second");
}

TEST_F(RefresherTest, KeepsTheOldTokenWhenARefreshFails) {
  serve_everything();
  run_until_stopped(oidc_identity(),
                    [&](Refresher& refresher, const TokenState& state, std::size_t) {
                      if (state.failure) return refresher.stop();
                      if (!state.token) return;
                      world.replace(kStsRequest, respond(503, ""));
                      if (states.size() == 1) refresher.retry_now();
                    });
  const TokenState& last = states.back();
  ASSERT_TRUE(last.failure);
  EXPECT_EQ(last.failure->code, "upstream_unavailable");
  ASSERT_TRUE(last.token);
  EXPECT_TRUE(last.token->may_be_served(world.clock.now()));
}

TEST_F(RefresherTest, ARejectedTokenIsDroppedAndReplacedOnce) {
  serve_everything();
  std::string first;
  run_until_stopped(
      oidc_identity(), [&](Refresher& refresher, const TokenState& state, std::size_t number) {
        if (number == 1) {
          first = state.token->fingerprint;
          refresher.reject(first);
          refresher.reject(first);  // ten concurrent 401s cause one refresh
        }
        if (number == 4) {
          refresher.reject(first);                     // late: answered with the new token
          refresher.reject(state.token->fingerprint);  // too soon: the same token stays
        }
        if (number == 6) refresher.stop();
      });
  ASSERT_EQ(states.size(), 6u);
  EXPECT_FALSE(states[1].token);
  EXPECT_FALSE(states[2].token);
  ASSERT_TRUE(states[3].token);
  EXPECT_NE(states[3].token->fingerprint, first);
  EXPECT_EQ(states[4].token, states[3].token);
  EXPECT_EQ(states[5].token, states[3].token);
  EXPECT_EQ(world.count(kImpersonationRequest), 2u);
}

TEST_F(RefresherTest, AConfigurationErrorWaitsForAReload) {
  serve_everything();
  world.replace(
      kStsRequest,
      respond(
          400,
          R"({"error_description":"Invalid value for \"audience\"","error":"invalid_request"})"));
  run_until_stopped(oidc_identity(),
                    [&](Refresher& refresher, const TokenState& state, std::size_t number) {
                      if (number == 1) {
                        ASSERT_TRUE(state.failure);
                        EXPECT_EQ(state.next_attempt, SteadyTime::max());
                        EXPECT_TRUE(state.failure->refused);
                        world.replace(kStsRequest, respond(200, kFederatedJson));
                        refresher.wake();
                        refresher.retry_now();
                      }
                      if (state.token) refresher.stop();
                    });
  EXPECT_TRUE(states.back().token);
  EXPECT_EQ(states.size(), 3u);
}

TEST_F(RefresherTest, StopsWhileItSleeps) {
  serve_everything();
  world.replace(kStsRequest, fail(http::FetchError::Stage::kTls));
  run_until_stopped(oidc_identity(),
                    [](Refresher& refresher, const TokenState&, std::size_t) { refresher.stop(); });
  EXPECT_EQ(states.back().failure->code, "network");
}

config::Identity file_identity() {
  config::Identity identity;
  identity.name = "from-file";
  identity.token_file = "/access-token";
  return identity;
}

TEST_F(RefresherTest, TokenFileIsServedUntilItIsReplaced) {
  world.environment.files["/access-token"] = "first\n";
  run_until_stopped(file_identity(),
                    [&](Refresher& refresher, const TokenState& state, std::size_t number) {
                      if (number == 1) {
                        // The same file after a 401: the 401 is relayed.
                        refresher.reject(state.token->fingerprint);
                        world.environment.files["/access-token"] = "second";
                        refresher.reject(state.token->fingerprint);
                      }
                      if (number == 4) refresher.stop();
                    });
  ASSERT_EQ(states.size(), 4u);
  EXPECT_EQ(states[0].token->authorization.reveal(), "Bearer first");
  EXPECT_FALSE(states[0].token->expires);
  EXPECT_EQ(states[0].token->serve_until, SteadyTime::max());
  EXPECT_EQ(states[1].token, states[0].token);
  EXPECT_EQ(states[2].token->authorization.reveal(), "Bearer second");
  EXPECT_EQ(states[0].source, "token_file:/access-token");
}

TEST_F(RefresherTest, AnUnreadableTokenFileKeepsTheOldToken) {
  world.environment.files["/access-token"] = "first";
  run_until_stopped(file_identity(),
                    [&](Refresher& refresher, const TokenState& state, std::size_t number) {
                      if (number == 1) {
                        world.environment.files["/access-token"] = " \n";
                        refresher.reject(state.token->fingerprint);
                      }
                      if (number == 3) refresher.stop();
                    });
  ASSERT_TRUE(states[1].failure);
  EXPECT_EQ(states[1].failure->code, "token_file_unreadable");
  EXPECT_EQ(states[1].token, states[0].token);
}

TEST(TokenFileTest, IsReadAgainOnlyWhenItChanged) {
  World world;
  TokenFile file("/f");
  EXPECT_TRUE(file.has_changed(world.environment));
  EXPECT_FALSE(file.read(world.context));
  EXPECT_FALSE(file.has_changed(world.environment));
  world.environment.files["/f"] = "token";
  EXPECT_TRUE(file.has_changed(world.environment));
  EXPECT_TRUE(file.read(world.context));
  EXPECT_FALSE(file.has_changed(world.environment));
}

TEST(TokenFileTest, RefusesWhatIsNotOneToken) {
  World world;
  TokenFile file("/f");
  for (const std::string& content :
       {std::string(""), std::string("two words"), std::string("a\nb"), std::string(20'000, 'x')}) {
    world.environment.files["/f"] = content;
    EXPECT_FALSE(file.read(world.context));
  }
}

}  // namespace
}  // namespace wif::auth
