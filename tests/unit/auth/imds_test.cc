// The instance metadata service: both versions, and how its many silences are told apart.
#include "auth/imds.h"

#include "auth/source.h"
#include "fakes.h"

namespace wif::auth {
namespace {

class SourceImds : public ::testing::Test {
 protected:
  Result<AwsCredentials, Failure> load() {
    SourceInput input(world.context, identity, imds, caller);
    return run(load_from_imds(input));
  }
  void serve_role() {
    world.on(kImdsRoles, respond(200, "access2bq\n"));
    world.on(kImdsRoles + "access2bq", respond(200, kKeysJson));
  }

  World world;
  config::Identity identity = aws_identity();
  Imds imds{"http://169.254.169.254/"};
  Caller caller;
};

TEST_F(SourceImds, Version2WithItsToken) {
  world.on(kImdsToken, respond(200, "imds-token"));
  serve_role();
  const auto credentials = load();
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->origin, "imds:169.254.169.254");
  EXPECT_EQ(caller.role, "access2bq");
  EXPECT_EQ(World::header(world.requests.at(0), "X-aws-ec2-metadata-token-ttl-seconds"), "21600");
  for (std::size_t i = 1; i < world.requests.size(); ++i) {
    EXPECT_EQ(World::header(world.requests[i], "X-aws-ec2-metadata-token"), "imds-token");
  }
}

TEST_F(SourceImds, KeepsTheTokenUntilAMinuteBeforeItsEnd) {
  world.on(kImdsToken, respond(200, "imds-token"));
  serve_role();
  ASSERT_TRUE(load());
  world.clock.advance(21500s);
  ASSERT_TRUE(load());
  EXPECT_EQ(world.count(kImdsToken), 1u);
  world.clock.advance(60s);
  ASSERT_TRUE(load());
  EXPECT_EQ(world.count(kImdsToken), 2u);
}

TEST_F(SourceImds, FetchesANewTokenWhenTheOldOneIsStale) {
  world.on(kImdsToken, respond(200, "first"));
  world.on(kImdsToken, respond(200, "second"));
  world.on(kImdsRoles, respond(401, ""));
  serve_role();
  ASSERT_TRUE(load());
  EXPECT_EQ(world.count(kImdsToken), 2u);
  EXPECT_EQ(World::header(world.requests.back(), "X-aws-ec2-metadata-token"), "second");
}

TEST_F(SourceImds, FallsBackToVersion1AndRemembersForFiveMinutes) {
  world.on(kImdsToken, respond(404, ""));
  serve_role();
  ASSERT_TRUE(load());
  EXPECT_EQ(World::header(world.requests.back(), "X-aws-ec2-metadata-token"), "(none)");
  world.clock.advance(299s);
  ASSERT_TRUE(load());
  EXPECT_EQ(world.count(kImdsToken), 1u);
  world.clock.advance(2s);
  ASSERT_TRUE(load());
  EXPECT_EQ(world.count(kImdsToken), 2u);
}

TEST_F(SourceImds, HopLimitWhenThePutIsSilentAndVersion1Says401) {
  world.on(kImdsToken, silence());
  world.on(kImdsRoles, respond(401, ""));
  const auto credentials = load();
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, "imds_hop_limit");
  EXPECT_EQ(credentials.error().message,
            "PUT /latest/api/token timed out after 1.0 s, TCP connects; IMDSv1 answers 401");
}

TEST_F(SourceImds, HopLimitWhenBothAreSilent) {
  world.on(kImdsToken, silence());
  world.on(kImdsRoles, silence());
  EXPECT_EQ(load().error().code, "imds_hop_limit");
  EXPECT_EQ(world.requests.size(), 2u) << "no further attempts: each costs seconds";
}

TEST_F(SourceImds, SilenceAfterItHasAnsweredOnceIsTheNetwork) {
  world.on(kImdsToken, respond(200, "imds-token"));
  serve_role();
  ASSERT_TRUE(load());
  world.clock.advance(6h);
  world.replace(kImdsToken, silence());
  world.replace(kImdsRoles, silence());
  EXPECT_EQ(load().error().code, "network");
}

TEST_F(SourceImds, HopLimitWithoutVersion1) {
  world.imds.v1 = false;
  world.on(kImdsToken, silence());
  EXPECT_EQ(load().error().code, "imds_hop_limit");
  EXPECT_EQ(world.requests.size(), 1u);
}

TEST_F(SourceImds, DisabledWhenEverythingIs403) {
  world.on(kImdsToken, respond(403, ""));
  world.on(kImdsRoles, respond(403, ""));
  EXPECT_EQ(load().error().code, "imds_disabled");
  world.environment.variables["AWS_EC2_METADATA_V1_DISABLED"] = "true";
  EXPECT_EQ(load().error().code, "imds_disabled");
}

TEST_F(SourceImds, Version2RequiredButSwitchedOff) {
  world.imds.v2 = false;
  world.on(kImdsRoles, respond(401, ""));
  EXPECT_EQ(load().error().code, "imds_v2_required");
  EXPECT_EQ(world.count(kImdsToken), 0u);
}

TEST_F(SourceImds, NobodyThereIsNoAws) {
  world.on(kImdsToken, refuse_connection());
  const auto credentials = load();
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, "no_aws_credentials");
  EXPECT_NE(credentials.error().message.find("env: AWS_ACCESS_KEY_ID not set"), std::string::npos);
  EXPECT_NE(credentials.error().message.find("imds: PUT http://169.254.169.254/latest/api/token"),
            std::string::npos);
}

TEST_F(SourceImds, NobodyThereInATaskIsAMissingTaskRole) {
  world.environment.variables["ECS_CONTAINER_METADATA_URI_V4"] = "http://169.254.170.2/v4/x";
  world.on(kImdsToken, refuse_connection());
  EXPECT_EQ(load().error().code, "ecs_task_role_missing");
}

TEST_F(SourceImds, NoInstanceProfile) {
  world.on(kImdsToken, respond(200, "imds-token"));
  world.on(kImdsRoles, respond(404, ""));
  EXPECT_EQ(load().error().code, "imds_no_role");
}

TEST_F(SourceImds, RoleThatCannotBeAssumedComesWithStatus200) {
  world.on(kImdsToken, respond(200, "imds-token"));
  world.on(kImdsRoles, respond(200, "access2bq"));
  world.on(
      kImdsRoles + "access2bq",
      respond(200, R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume"})"));
  const auto credentials = load();
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, "imds_role_not_assumable");
  EXPECT_EQ(credentials.error().message, "AssumeRoleUnauthorizedAccess: EC2 cannot assume");
}

TEST_F(SourceImds, RoleNameCannotLeadElsewhere) {
  world.on(kImdsToken, respond(200, "imds-token"));
  world.on(kImdsRoles, respond(200, "../../other"));
  EXPECT_EQ(load().error().code, "imds_unexpected");
}

TEST_F(SourceImds, TriesThreeTimes) {
  world.on(kImdsToken, respond(200, "imds-token"));
  world.on(kImdsRoles, respond(503, ""));
  EXPECT_EQ(load().error().code, "upstream_unavailable");
  EXPECT_EQ(world.count(kImdsRoles), 3u);
  EXPECT_EQ(world.pauses, (std::vector<std::chrono::nanoseconds>{200ms, 600ms}));
}

TEST_F(SourceImds, BaseByPriority) {
  config::ImdsOptions options;
  config::Identity plain;
  EXPECT_EQ(imds_base(options, world.environment, plain), "http://169.254.169.254");
  world.environment.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] = "IPv6";
  EXPECT_EQ(imds_base(options, world.environment, plain), "http://[fd00:ec2::254]");
  EXPECT_EQ(imds_base(options, world.environment, identity), "http://169.254.169.254");
  world.environment.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://a:1";
  EXPECT_EQ(imds_base(options, world.environment, identity), "http://a:1");
  options.endpoint = "http://b:2";
  EXPECT_EQ(imds_base(options, world.environment, identity), "http://b:2");
}

}  // namespace
}  // namespace wif::auth
