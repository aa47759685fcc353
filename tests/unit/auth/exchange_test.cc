// Google STS and IAM Credentials: what is sent, how often, and what is made of the answers.
#include "auth/impersonate.h"
#include "auth/sts.h"
#include "fakes.h"

namespace wif::auth {
namespace {

class Sts : public ::testing::Test {
 protected:
  Result<FederatedToken, Failure> exchange_once() {
    const MakeSubject subject = [this] { return make_subject(); };
    return run(exchange(world.context, identity, subject, offset));
  }
  Task<Result<SubjectToken, Failure>> make_subject() {
    ++subjects;
    co_return SubjectToken(Secret("subject-" + std::to_string(subjects)), "test");
  }

  World world;
  config::Identity identity = aws_identity();
  ClockOffset offset;
  int subjects = 0;
};

TEST_F(Sts, ExchangesTheSubjectToken) {
  world.on(kStsRequest, respond(200, kFederatedJson));
  const auto token = exchange_once();
  ASSERT_TRUE(token);
  EXPECT_EQ(token->token.reveal(), "federated-token");
  EXPECT_EQ(token->end(), world.clock.now() + 3599s);
  const auto& request = world.requests.at(0);
  EXPECT_EQ(World::header(request, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(World::header(request, "Authorization"), "(none)");
  EXPECT_NE(request.body.find("&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fiam&"),
            std::string::npos);
}

TEST_F(Sts, DirectAccessAsksForTheScopesThemselves) {
  identity.account->impersonation_url.clear();
  identity.account->service_account_email.clear();
  identity.scopes = {"a", "b"};
  EXPECT_NE(sts_form(identity, "t").find("&scope=a%20b&"), std::string::npos);
}

TEST_F(Sts, WorkforcePoolsNameTheirProject) {
  identity.account->workforce_pool_user_project = "987654321098";
  EXPECT_NE(sts_form(identity, "t").find("&options=%7B%22userProject%22%3A%22987654321098%22%7D&"),
            std::string::npos);
  identity.account->client_id = "client";
  EXPECT_EQ(sts_form(identity, "t").find("options="), std::string::npos);
}

TEST_F(Sts, ClientAuthenticationIsBasic) {
  identity.account->client_id = "id";
  identity.account->client_secret = Secret(std::string("secret"));
  world.on(kStsRequest, respond(200, kFederatedJson));
  ASSERT_TRUE(exchange_once());
  EXPECT_EQ(World::header(world.requests.at(0), "Authorization"), "Basic aWQ6c2VjcmV0");
}

TEST_F(Sts, RetriesWithANewSubjectEachTime) {
  world.on(kStsRequest, respond(503, ""));
  world.on(kStsRequest, refuse_connection());
  world.on(kStsRequest, respond(429, "", {{"retry-after", "7"}}));
  world.on(kStsRequest, respond(200, kFederatedJson));
  ASSERT_TRUE(exchange_once());
  EXPECT_EQ(subjects, 4);
  EXPECT_EQ(world.pauses, (std::vector<std::chrono::nanoseconds>{250ms, 500ms, 7s}));
  EXPECT_NE(world.requests.back().body.find("subject_token=subject-4"), std::string::npos);
}

TEST_F(Sts, LeavesLongRetryAfterToTheRefresher) {
  world.on(kStsRequest, respond(429, "", {{"retry-after", "60"}}));
  EXPECT_EQ(exchange_once().error().code, "rate_limited");
  EXPECT_EQ(world.requests.size(), 1u);
}

TEST_F(Sts, GivesUpAfterFourAttempts) {
  world.on(kStsRequest, respond(500, "{}"));
  EXPECT_EQ(exchange_once().error().code, "upstream_unavailable");
  EXPECT_EQ(world.requests.size(), 4u);
}

TEST_F(Sts, NeverRepeatsARefusalOrABadCertificate) {
  world.on(kStsRequest, respond(400, R"({"error":"invalid_target"})"));
  EXPECT_EQ(exchange_once().error().code, "provider_missing");
  world.replace(kStsRequest, fail(http::FetchError::Stage::kTls));
  EXPECT_EQ(exchange_once().error().code, "network");
  EXPECT_EQ(world.requests.size(), 2u);
}

TEST_F(Sts, RefusesA200ThatIsNoToken) {
  for (const char* body :
       {"<html>", "{}", R"({"access_token":"a"})", R"({"access_token":"a","expires_in":0})",
        R"({"access_token":"a\r\nb","expires_in":1})", R"({"access_token":"","expires_in":1})"}) {
    world.replace(kStsRequest, respond(200, body));
    EXPECT_EQ(exchange_once().error().code, "unexpected_answer") << body;
  }
}

TEST_F(Sts, LearnsTheClockOffsetBeyondHalfAMinute) {
  world.on(kStsRequest, respond(200, kFederatedJson, {{"date", "Mon, 01 Jan 2024 00:00:30 GMT"}}));
  world.on(kStsRequest, respond(200, kFederatedJson, {{"date", "Mon, 01 Jan 2024 00:10:00 GMT"}}));
  world.on(kStsRequest, respond(200, kFederatedJson, {{"date", "Sun, 31 Dec 2023 23:59:00 GMT"}}));
  ASSERT_TRUE(exchange_once());
  EXPECT_EQ(offset.value(), 0s);
  ASSERT_TRUE(exchange_once());
  EXPECT_EQ(offset.value(), 600s);
  ASSERT_TRUE(exchange_once());
  EXPECT_EQ(offset.value(), -60s);
}

class Impersonate : public ::testing::Test {
 protected:
  Result<Token, Failure> call() {
    const Secret federated(std::string("federated-token"));
    return run(impersonate(world.context, identity, federated, offset));
  }

  World world;
  config::Identity identity = aws_identity();
  ClockOffset offset;
};

TEST_F(Impersonate, AsksForATokenOfTheServiceAccount) {
  world.on(kImpersonationRequest, respond(200, kAccessJson, {{"date", kMidnight}}));
  const auto token = call();
  ASSERT_TRUE(token);
  EXPECT_EQ(token->authorization.reveal(), "Bearer ya29.c.access-token");
  EXPECT_EQ(token->end, world.clock.now() + 3600s);
  EXPECT_EQ(token->serve_until, world.clock.now() + 3590s);
  EXPECT_EQ(*token->expires, *parse_timestamp("2024-01-01T01:00:00Z"));
  EXPECT_EQ(token->fingerprint.size(), 8u);
  const auto& request = world.requests.at(0);
  EXPECT_EQ(World::header(request, "Authorization"), "Bearer federated-token");
  EXPECT_EQ(request.body,
            R"({"lifetime":"3600s","scope":["https://www.googleapis.com/auth/cloud-platform"]})");
}

TEST_F(Impersonate, DelegatesAreResourceNames) {
  identity.delegates = {"d@p.iam.gserviceaccount.com"};
  identity.token_lifetime = 600s;
  EXPECT_EQ(impersonation_body(identity),
            R"({"delegates":["projects/-/serviceAccounts/d@p.iam.gserviceaccount.com"],)"
            R"("lifetime":"600s","scope":["https://www.googleapis.com/auth/cloud-platform"]})");
}

TEST_F(Impersonate, SettingNamesAnotherAccount) {
  EXPECT_EQ(impersonation_url(identity), kImpersonationUrl);
  identity.service_account = "other@p.iam.gserviceaccount.com";
  EXPECT_EQ(impersonation_url(identity),
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
            "other@p.iam.gserviceaccount.com:generateAccessToken");
  identity.account->impersonation_url.clear();
  identity.account->universe_domain = "u.example";
  EXPECT_EQ(impersonation_url(identity),
            "https://iamcredentials.u.example/v1/projects/-/serviceAccounts/"
            "other@p.iam.gserviceaccount.com:generateAccessToken");
}

TEST_F(Impersonate, LifeIsMeasuredByTheServersClock) {
  world.clock.system += 2h;  // ours is wrong
  world.on(kImpersonationRequest, respond(200, kAccessJson, {{"date", kMidnight}}));
  const auto token = call();
  ASSERT_TRUE(token);
  EXPECT_EQ(token->end - token->issued, 3600s);
}

TEST_F(Impersonate, LifeIsBounded) {
  const std::string late = R"({"accessToken":"a","expireTime":"2024-01-02T00:00:00.123456789Z"})";
  world.on(kImpersonationRequest, respond(200, late));
  EXPECT_EQ(call()->end - world.clock.now(), 3660s);
  const std::string past = R"({"accessToken":"a","expireTime":"2023-12-31T00:00:00+09:00"})";
  world.replace(kImpersonationRequest, respond(200, past));
  EXPECT_EQ(call()->end - world.clock.now(), 1s);
}

TEST_F(Impersonate, TheSeedsFailure) {
  world.on(
      kImpersonationRequest,
      respond(403, R"({"error":{"code":403,"message":"The caller does not have permission"}})"));
  const auto token = call();
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, "iam_binding_missing");
  EXPECT_TRUE(token.error().refused);
}

TEST_F(Impersonate, RefusesA200ThatIsNoToken) {
  for (const char* body :
       {"{}", R"({"accessToken":"a"})", R"({"accessToken":"a","expireTime":"x"})",
        R"({"accessToken":"a b","expireTime":"2024-01-01T01:00:00Z"})"}) {
    world.replace(kImpersonationRequest, respond(200, body));
    EXPECT_EQ(call().error().code, "unexpected_answer") << body;
  }
}

}  // namespace
}  // namespace wif::auth
