#include "tests/sandbox/aws_metadata.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sandbox {
namespace {

using nlohmann::json;

constexpr char kRoles[] = "/latest/meta-data/iam/security-credentials/";

class Metadata : public testing::Test {
 protected:
  static Request make(const std::string& method, const std::string& path,
                      const HeaderList& headers) {
    Request request;
    request.method = method;
    request.target = request.path = path;
    request.headers = headers;
    return request;
  }

  Response get(const std::string& path, const HeaderList& headers = {}) {
    Request request = make("GET", path, headers);
    return metadata_.imds(request);
  }

  Response put(HeaderList headers = {}) {
    headers.emplace_back("X-aws-ec2-metadata-token-ttl-seconds", "21600");
    Request request = make("PUT", "/latest/api/token", headers);
    return metadata_.imds(request);
  }

  Response container(const std::string& path, const HeaderList& headers = {}) {
    Request request = make("GET", path, headers);
    return metadata_.container(request);
  }

  World world_;
  AwsMetadata metadata_{world_};
};

TEST_F(Metadata, HandsOutCredentialsThatAwsKnows) {
  const HeaderList token = {{"x-aws-ec2-metadata-token", put().body}};
  EXPECT_EQ(get(kRoles, token).body, "access2bq");
  const json given = json::parse(get(std::string(kRoles) + "access2bq", token).body);
  EXPECT_EQ(given.at("Code"), "Success");
  const auto known = world_.find_credentials(given.at("AccessKeyId").get<std::string>());
  ASSERT_TRUE(known);
  EXPECT_EQ(known->session_token, given.at("Token").get<std::string>());
  EXPECT_EQ(known->arn(), "arn:aws:sts::123456789012:assumed-role/access2bq/i-0abcdef1234567890");
}

TEST_F(Metadata, KeepsCredentialsUntilTheyAreNearlyOver) {
  const std::string path = std::string(kRoles) + "access2bq";
  const json first = json::parse(get(path).body);
  EXPECT_EQ(json::parse(get(path).body).at("AccessKeyId"), first.at("AccessKeyId"));
  world_.set_clock_offset(std::chrono::hours(6) - std::chrono::minutes(4));
  EXPECT_NE(json::parse(get(path).body).at("AccessKeyId"), first.at("AccessKeyId"));
}

TEST_F(Metadata, AnswersByMode) {
  struct Case {
    ImdsMode mode;
    int put;
    int get;
  };
  for (const Case& test :
       {Case{ImdsMode::kOptional, 200, 200}, Case{ImdsMode::kV1Only, 404, 200},
        Case{ImdsMode::kRequired, 200, 401}, Case{ImdsMode::kDisabled, 403, 403}}) {
    metadata_.set_mode(test.mode);
    EXPECT_EQ(put().status, test.put);
    EXPECT_EQ(get(kRoles).status, test.get);
  }
  metadata_.set_mode(ImdsMode::kHopLimit);
  EXPECT_EQ(put().after, After::kHang);
  EXPECT_EQ(get(kRoles).status, 401);
}

TEST_F(Metadata, RefusesAForwardedPut) {
  EXPECT_EQ(put({{"X-Forwarded-For", "10.0.0.1"}}).status, 403);
}

TEST_F(Metadata, RefusesStaleSessionTokens) {
  const HeaderList token = {{"x-aws-ec2-metadata-token", put().body}};
  metadata_.forget_session_tokens();
  EXPECT_EQ(get(kRoles, token).status, 401);
}

TEST_F(Metadata, TellsAMissingAndAnUnusableRole) {
  metadata_.set_role_assumable(false);
  const Response answer = get(std::string(kRoles) + "access2bq");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body).at("Code"), "AssumeRoleUnauthorizedAccess");
  metadata_.set_instance_role(std::nullopt);
  EXPECT_EQ(get(kRoles).status, 404);
}

TEST_F(Metadata, ServesTasksAndPods) {
  EXPECT_EQ(json::parse(container("/v2/credentials/id").body).at("RoleArn"),
            "arn:aws:iam::123456789012:role/ecs-task-role");
  EXPECT_EQ(json::parse(container("/v2/credentials/").body).at("code"), "NoIdInRequest");
  EXPECT_EQ(json::parse(container("/task").body).at("AvailabilityZone"), "us-east-2b");
  EXPECT_EQ(container("/v1/credentials").status, 400);
  EXPECT_EQ(container("/v1/credentials", {{"Authorization", "wrong"}}).status, 400);
  EXPECT_EQ(container("/v1/credentials", {{"Authorization", metadata_.pod_token()}}).status, 200);
}

}  // namespace
}  // namespace sandbox
