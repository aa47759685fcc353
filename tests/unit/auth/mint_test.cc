// The chain as a whole, in the three set-ups of the documentation, and what it keeps.
#include "auth/mint.h"

#include "auth/subject.h"
#include "fakes.h"

namespace wif::auth {
namespace {

class MintTest : public ::testing::Test {
 protected:
  void serve_google() {
    world.on(kStsRequest, respond(200, kFederatedJson));
    world.on(kImpersonationRequest, respond(200, kAccessJson));
  }
  void serve_task_role() {
    world.environment.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/creds";
    world.environment.variables["AWS_REGION"] = "us-east-2";
    world.on(kTaskRole, respond(200, kKeysJson));
  }
  std::vector<std::string> sent() const {
    std::vector<std::string> lines;
    for (const auto& request : world.requests) lines.push_back(request.method + " " + request.url);
    return lines;
  }

  World world;
  config::Identity identity = aws_identity();
  const std::string kTaskRole = "GET http://169.254.170.2/creds";
};

TEST_F(MintTest, OnAnInstance) {
  const std::string zone = "http://169.254.169.254/latest/meta-data/placement/availability-zone";
  world.on(kImdsToken, respond(200, "imds-token"));
  world.on("GET " + zone, respond(200, "us-east-2b"));
  world.on(kImdsRoles, respond(200, "access2bq"));
  world.on(kImdsRoles + "access2bq", respond(200, kKeysJson));
  serve_google();
  Mint mint(world.context, identity);
  const auto token = run(mint.run());
  ASSERT_TRUE(token);
  EXPECT_EQ(token->identity, "default");
  EXPECT_EQ(token->principal, kEmail);
  EXPECT_EQ(sent(), (std::vector<std::string>{kImdsToken, kImdsRoles, kImdsRoles + "access2bq",
                                              "GET " + zone, kStsRequest, kImpersonationRequest}));
  EXPECT_EQ(mint.source(), "imds:169.254.169.254");
  EXPECT_EQ(mint.region().name, "us-east-2");
  EXPECT_EQ(mint.region().from, "instance metadata");
  EXPECT_EQ(world.steps, (std::vector<std::string>{"aws:ok", "sts:ok", "impersonate:ok"}));
}

// A company's proxy must not be asked for this machine's metadata; Google it may be the only way to
// (R-4.4.6).
TEST_F(MintTest, OnlyGoogleMayBeAskedThroughAProxy) {
  const std::string zone = "http://169.254.169.254/latest/meta-data/placement/availability-zone";
  world.on(kImdsToken, respond(200, "imds-token"));
  world.on("GET " + zone, respond(200, "us-east-2b"));
  world.on(kImdsRoles, respond(200, "access2bq"));
  world.on(kImdsRoles + "access2bq", respond(200, kKeysJson));
  serve_google();
  Mint on_instance(world.context, identity);
  ASSERT_TRUE(run(on_instance.run()));
  serve_task_role();
  Mint in_task(world.context, identity);
  ASSERT_TRUE(run(in_task.run()));
  EXPECT_EQ(world.requests.size(), 9u);
  for (const auto& request : world.requests) {
    EXPECT_EQ(request.direct, !request.url.starts_with("https://")) << request.url;
  }
}

TEST_F(MintTest, InAnEcsTask) {
  serve_task_role();
  serve_google();
  Mint mint(world.context, identity);
  ASSERT_TRUE(run(mint.run()));
  EXPECT_EQ(sent(), (std::vector<std::string>{kTaskRole, kStsRequest, kImpersonationRequest}));
  EXPECT_NE(world.requests.at(1).body.find("subject_token=%257B%2522headers%2522"),
            std::string::npos);
}

TEST_F(MintTest, InAPodWithItsOwnToken) {
  identity = oidc_identity();
  world.environment.files["/token"] = jwt(R"({"sub":"system:serviceaccount:a:b"})");
  serve_google();
  Mint mint(world.context, identity);
  ASSERT_TRUE(run(mint.run()));
  EXPECT_EQ(sent(), (std::vector<std::string>{kStsRequest, kImpersonationRequest}))
      << "no call to AWS at all";
  EXPECT_EQ(mint.source(), "file:/token");
}

TEST_F(MintTest, DirectAccessGivesTheFederatedTokenEachTimeAnew) {
  identity.account->impersonation_url.clear();
  identity.account->service_account_email.clear();
  serve_task_role();
  serve_google();
  Mint mint(world.context, identity);
  const auto token = run(mint.run());
  ASSERT_TRUE(token);
  EXPECT_EQ(token->authorization.reveal(), "Bearer federated-token");
  EXPECT_EQ(token->principal,
            "projects/123456789012/locations/global/workloadIdentityPools/bq-pool/providers/"
            "aws-provider");
  ASSERT_TRUE(run(mint.run()));
  EXPECT_EQ(world.count(kStsRequest), 2u);
}

TEST_F(MintTest, OneFederatedTokenServesUntilItsLastMinute) {
  serve_task_role();
  serve_google();
  Mint mint(world.context, identity);
  ASSERT_TRUE(run(mint.run()));
  world.clock.advance(3539s);
  ASSERT_TRUE(run(mint.run()));
  EXPECT_EQ(world.count(kStsRequest), 1u);
  EXPECT_EQ(world.count(kImpersonationRequest), 2u);
  world.clock.advance(1s);
  ASSERT_TRUE(run(mint.run()));
  EXPECT_EQ(world.count(kStsRequest), 2u);
}

TEST_F(MintTest, KeepsAwsCredentialsUntilFiveMinutesBeforeTheirEnd) {
  serve_task_role();
  serve_google();
  Mint mint(world.context, identity);
  ASSERT_TRUE(run(mint.run()));
  world.clock.advance(6h - 301s);
  ASSERT_TRUE(run(mint.run()));
  EXPECT_EQ(world.count(kTaskRole), 1u);
  world.clock.advance(1h);
  ASSERT_TRUE(run(mint.run()));
  EXPECT_EQ(world.count(kTaskRole), 2u);
}

TEST_F(MintTest, GoesOnWithOldCredentialsWhileTheAgentIsDown) {
  serve_task_role();
  serve_google();
  Mint mint(world.context, identity);
  ASSERT_TRUE(run(mint.run()));
  world.clock.advance(6h - 200s);  // inside the margin, not expired
  world.replace(kTaskRole, respond(500, ""));
  EXPECT_TRUE(run(mint.run()));
  world.clock.advance(1h);  // expired
  const auto token = run(mint.run());
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, "upstream_unavailable");
}

TEST_F(MintTest, SignsWithExpiredCredentialsAndAsksAgainAfterAMinute) {
  serve_task_role();
  serve_google();
  world.clock.advance(7h);  // the agent hands out what has expired an hour ago
  Mint mint(world.context, identity);
  ASSERT_TRUE(run(mint.run()));
  world.clock.advance(1h);
  ASSERT_TRUE(run(mint.run()));
  EXPECT_EQ(world.count(kTaskRole), 2u);
}

TEST_F(MintTest, DropsCredentialsThatAwsCallsExpiredAndTriesOnceMore) {
  serve_task_role();
  world.on(
      kStsRequest,
      respond(400, R"({"error":"invalid_grant","error_description":"<Code>ExpiredToken</Code>"})"));
  serve_google();
  Mint mint(world.context, identity);
  ASSERT_TRUE(run(mint.run()));
  EXPECT_EQ(world.count(kTaskRole), 2u);
  EXPECT_EQ(world.steps.at(1), "sts:aws_credentials_expired");
}

TEST_F(MintTest, TheSecondRefusalIsDefinite) {
  serve_task_role();
  world.on(kStsRequest,
           respond(400, R"({"error":"invalid_grant","error_description":"InvalidClientTokenId"})"));
  Mint mint(world.context, identity);
  const auto token = run(mint.run());
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, "aws_credentials_invalid");
  EXPECT_TRUE(token.error().refused);
  EXPECT_EQ(world.count(kStsRequest), 2u);
}

TEST_F(MintTest, ARejectedFederatedTokenIsExchangedAnew) {
  serve_task_role();
  world.on(kStsRequest, respond(200, kFederatedJson));
  world.on(kImpersonationRequest, respond(401, ""));
  world.on(kImpersonationRequest, respond(200, kAccessJson, {{"date", kMidnight}}));
  Mint mint(world.context, identity);
  ASSERT_TRUE(run(mint.run()));
  EXPECT_EQ(world.count(kStsRequest), 2u);
  EXPECT_EQ(world.count(kTaskRole), 1u) << "AWS had nothing to do with it";
}

TEST_F(MintTest, CorrectsTheClockAndTriesOnceMore) {
  serve_task_role();
  world.on(kStsRequest,
           respond(400, R"({"error":"invalid_grant","error_description":"Signature expired: x"})",
                   {{"date", "Mon, 01 Jan 2024 01:00:00 GMT"}}));
  world.on(kStsRequest, respond(200, kFederatedJson, {{"date", "Mon, 01 Jan 2024 01:00:00 GMT"}}));
  world.on(kImpersonationRequest,
           respond(200, R"({"accessToken":"a","expireTime":"2024-01-01T02:00:00Z"})",
                   {{"date", "Mon, 01 Jan 2024 01:00:00 GMT"}}));
  Mint mint(world.context, identity);
  const auto token = run(mint.run());
  ASSERT_TRUE(token);
  EXPECT_EQ(mint.clock_offset(), 3600s);
  EXPECT_NE(world.requests.at(1).body.find("20240101T000000Z"), std::string::npos);
  EXPECT_NE(world.requests.at(2).body.find("20240101T010000Z"), std::string::npos);
  EXPECT_EQ(world.count(kTaskRole), 1u) << "the key was not the trouble";
}

TEST_F(MintTest, AnExpiredSubjectTokenIsNotSentAndNotARefusal) {
  identity = oidc_identity();
  world.environment.files["/token"] = jwt(R"({"exp":1})");
  Mint mint(world.context, identity);
  const auto token = run(mint.run());
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, "oidc_token_stale");
  EXPECT_FALSE(token.error().refused);
  EXPECT_TRUE(world.requests.empty());
  EXPECT_EQ(world.environment.reads, 2) << "once more, in case it was being replaced";
  EXPECT_EQ(world.steps.front(), "aws:oidc_token_stale");
}

TEST_F(MintTest, AsksAwsForTheRoleWhenTheCommandNeedsIt) {
  world.environment.variables["AWS_ACCESS_KEY_ID"] = "AKIAIOSFODNN7EXAMPLE";
  world.environment.variables["AWS_SECRET_ACCESS_KEY"] = "secret";
  world.environment.variables["AWS_REGION"] = "us-east-2";
  world.on(kStsRequest, respond(200, kFederatedJson));
  world.on(kImpersonationRequest,
           respond(403, R"({"error":{"message":"The caller does not have permission"}})"));
  const std::string who =
      "POST https://sts.us-east-2.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15";
  world.on(who, respond(200,
                        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::"
                        "123456789012:assumed-role/ecs-task-role/0f3c</Arn>"
                        "</GetCallerIdentityResult></GetCallerIdentityResponse>"));
  Mint mint(world.context, identity);
  const auto token = run(mint.run());
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, "iam_binding_missing");
  EXPECT_NE(token.error().fix.find("arn:aws:sts::123456789012:assumed-role/ecs-task-role\""),
            std::string::npos)
      << token.error().fix;
  EXPECT_NE(token.error().explain.find("assumed-role/ecs-task-role/0f3c"), std::string::npos);
  EXPECT_EQ(World::header(world.requests.back(), "x-goog-cloud-target-resource"), "(none)")
      << "this one is really sent to AWS";
  EXPECT_FALSE(run(mint.run()));
  EXPECT_EQ(world.count(who), 1u) << "asked once";
}

TEST_F(MintTest, NoSourceAtAll) {
  world.environment.variables["AWS_EC2_METADATA_DISABLED"] = "true";
  Mint mint(world.context, identity);
  const auto token = run(mint.run());
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, "no_aws_credentials");
  EXPECT_EQ(world.steps, (std::vector<std::string>{"aws:no_aws_credentials"}));
}

TEST_F(MintTest, ForgetAsksEverythingAgain) {
  serve_task_role();
  serve_google();
  Mint mint(world.context, identity);
  ASSERT_TRUE(run(mint.run()));
  mint.forget();
  ASSERT_TRUE(run(mint.run()));
  EXPECT_EQ(world.count(kTaskRole), 2u);
  EXPECT_EQ(world.count(kStsRequest), 2u);
}

}  // namespace
}  // namespace wif::auth
