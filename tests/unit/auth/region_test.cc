#include "auth/region.h"

#include "fakes.h"

namespace wif::auth {
namespace {

TEST(Region, OfEveryKindOfZone) {
  const auto file = vectors("az_to_region.json");
  for (const auto& test : file.at("cases")) {
    const std::string zone = test.at("az");
    const auto region = region_from_zone(zone);
    ASSERT_EQ(region.has_value(), !test.at("region").is_null()) << zone;
    if (region) {
      EXPECT_EQ(*region, test.at("region").get<std::string>());
    }
  }
}

class FindRegion : public ::testing::Test {
 protected:
  Result<Region, Failure> find(std::string profile = "") {
    return run(find_region(world.context, identity, std::move(profile), imds));
  }
  std::string name(std::string profile = "") {
    auto region = find(std::move(profile));
    return region ? region->name : region.error().code;
  }

  World world;
  config::Identity identity = aws_identity();
  Imds imds{"http://169.254.169.254"};
  const std::string zone_url =
      "GET http://169.254.169.254/latest/meta-data/placement/availability-zone";
};

TEST_F(FindRegion, SettingsInOrder) {
  world.environment.variables["AWS_DEFAULT_REGION"] = "eu-west-1";
  EXPECT_EQ(name("eu-west-3"), "eu-west-1");
  world.environment.variables["AWS_REGION"] = " us-west-2 ";
  EXPECT_EQ(name(), "us-west-2");
  identity.aws_region = "us-east-2";
  EXPECT_EQ(name(), "us-east-2");
  EXPECT_TRUE(world.requests.empty());
}

TEST_F(FindRegion, NonsenseInTheEnvironmentIsPassedOver) {
  world.environment.variables["AWS_REGION"] = "somewhere";
  EXPECT_EQ(name("eu-west-3"), "eu-west-3");
}

TEST_F(FindRegion, TaskMetadataOfEcs) {
  world.environment.variables["ECS_CONTAINER_METADATA_URI_V4"] = "http://169.254.170.2/v4/id";
  world.on("GET http://169.254.170.2/v4/id/task",
           respond(200, R"({"AvailabilityZone":"ap-northeast-1c"})"));
  EXPECT_EQ(name(), "ap-northeast-1");
  world.replace("GET http://169.254.170.2/v4/id/task",
                respond(200, R"({"TaskARN":"arn:aws:ecs:eu-north-1:123456789012:task/x"})"));
  EXPECT_EQ(name(), "eu-north-1");
}

TEST_F(FindRegion, AnsweredTaskMetadataEndsTheSearch) {
  world.environment.variables["ECS_CONTAINER_METADATA_URI_V4"] = "http://169.254.170.2/v4/id";
  world.on("GET http://169.254.170.2/v4/id/task", respond(200, "{}"));
  EXPECT_EQ(name(), "region_unknown");
  EXPECT_EQ(world.requests.size(), 1u);
}

TEST_F(FindRegion, TaskMetadataIsAskedOnlyAtItsOwnAddress) {
  world.environment.variables["ECS_CONTAINER_METADATA_URI_V4"] = "http://10.0.0.1/v4/id";
  world.environment.variables["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_EQ(name(), "region_unknown");
  EXPECT_TRUE(world.requests.empty());
}

TEST_F(FindRegion, InstanceMetadataByThreePaths) {
  const std::string region_url = "GET http://169.254.169.254/latest/meta-data/placement/region";
  const std::string document_url =
      "GET http://169.254.169.254/latest/dynamic/instance-identity/document";
  world.on(kImdsToken, respond(200, "imds-token"));
  world.on(zone_url, respond(200, "us-east-2b"));
  EXPECT_EQ(name(), "us-east-2");
  EXPECT_EQ(World::header(world.requests.back(), "X-aws-ec2-metadata-token"), "imds-token");
  world.replace(zone_url, respond(404, ""));
  world.on(region_url, respond(200, "us-east-1"));
  EXPECT_EQ(name(), "us-east-1");
  world.replace(region_url, respond(404, ""));
  world.on(document_url, respond(200, R"({"region":"sa-east-1"})"));
  EXPECT_EQ(name(), "sa-east-1");
}

TEST_F(FindRegion, WithoutInstanceMetadataItIsAskedOnce) {
  const auto region = find();
  ASSERT_FALSE(region);
  EXPECT_EQ(region.error().code, "region_unknown");
  EXPECT_EQ(world.requests.size(), 1u);
}

}  // namespace
}  // namespace wif::auth
