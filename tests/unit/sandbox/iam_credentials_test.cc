#include "tests/sandbox/iam_credentials.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/sandbox/exchange_support.h"

namespace sandbox {
namespace {

using nlohmann::json;

class IamCredentials : public testing::Test {
 protected:
  // A federated token of this IAM member.
  std::string token_of(const std::string& member,
                       const std::string& scope = "https://www.googleapis.com/auth/iam") {
    Principal principal;
    principal.subject = "subject";
    principal.members = {member};
    principal.scopes = {scope};
    principal.expires = world_.now() + std::chrono::minutes(5);
    return world_.issue_federated_token(principal);
  }

  Response call(const std::string& token, std::string_view account, const json& body,
                const std::string& method = "generateAccessToken") {
    Request request;
    request.method = "POST";
    request.path = "/v1/projects/-/serviceAccounts/" + std::string(account) + ":" + method;
    request.target = request.path;
    if (!token.empty()) request.headers = {{"Authorization", "Bearer " + token}};
    request.body = text_source(body.dump());
    return iam_credentials_handler(world_)(request);
  }

  World world_;
  const json good_ = {{"scope", {"https://www.googleapis.com/auth/cloud-platform"}},
                      {"lifetime", "600s"}};
};

TEST_F(IamCredentials, GivesABoundRoleATokenOfTheAccount) {
  const Response answer = call(token_of(aws_role_member("access2bq")), kAwsServiceAccount, good_);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const std::string token = json::parse(answer.body).at("accessToken");
  const auto principal = world_.check_bearer("Bearer " + token);
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->email, kAwsServiceAccount);
  EXPECT_TRUE(world_.may_use_project(*principal));
}

TEST_F(IamCredentials, RefusesAnUnboundRoleInGooglesWords) {
  const Response answer = call(token_of(aws_role_member("other")), kAwsServiceAccount, good_);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.body,
            "{\n  \"error\": {\n    \"code\": 403,\n    \"message\": \"The caller does not have "
            "permission\",\n    \"status\": \"PERMISSION_DENIED\"\n  }\n}\n");
}

TEST_F(IamCredentials, RefusesTheRoleOfAnotherAccount) {
  const std::string token = token_of(aws_role_member("access2bq", "999999999999"));
  EXPECT_EQ(call(token, kAwsServiceAccount, good_).status, 403);
}

TEST_F(IamCredentials, FollowsBindingsAsTheyChange) {
  const std::string token = token_of(ksa_member("default:other"));
  EXPECT_EQ(call(token, kEksServiceAccount, good_).status, 403);
  world_.bind(std::string(kEksServiceAccount), ksa_member("default:other"));
  EXPECT_EQ(call(token, kEksServiceAccount, good_).status, 200);
  world_.unbind(std::string(kEksServiceAccount), ksa_member("default:other"));
  EXPECT_EQ(call(token, kEksServiceAccount, good_).status, 403);
}

TEST_F(IamCredentials, AnswersUnknownAccountsWith404) {
  const std::string token = token_of(aws_role_member("access2bq"));
  EXPECT_EQ(call(token, "nobody@foo-project.iam.gserviceaccount.com", good_).status, 404);
}

TEST_F(IamCredentials, NeedsAValidToken) {
  EXPECT_EQ(call("", kAwsServiceAccount, good_).status, 401);
  EXPECT_EQ(call("nonsense", kAwsServiceAccount, good_).status, 401);
  const std::string token = token_of(aws_role_member("access2bq"));
  world_.set_clock_offset(std::chrono::minutes(6));
  EXPECT_EQ(call(token, kAwsServiceAccount, good_).status, 401);
}

TEST_F(IamCredentials, NeedsAScopeOfTheFederatedToken) {
  const std::string token = token_of(aws_role_member("access2bq"), "https://example/other");
  EXPECT_EQ(call(token, kAwsServiceAccount, good_).status, 403);
}

TEST_F(IamCredentials, RefusesBadArguments) {
  const std::string token = token_of(aws_role_member("access2bq"));
  for (const json& bad : {json{{"lifetime", "600s"}}, json{{"scope", json::array()}},
                          json{{"scope", {"a"}}, {"lifetime", "3601s"}},
                          json{{"scope", {"a"}}, {"lifetime", 600}}, json::array()}) {
    EXPECT_EQ(call(token, kAwsServiceAccount, bad).status, 400) << bad;
  }
}

// Each delegate must be allowed to act as the next one.
TEST_F(IamCredentials, WalksTheChainOfDelegates) {
  const std::string token = token_of(aws_role_member("access2bq"));
  const std::string target = "deep@foo-project.iam.gserviceaccount.com";
  json body = good_;
  body["delegates"] = {"projects/-/serviceAccounts/" + std::string(kAwsServiceAccount)};
  world_.add_service_account(target);
  EXPECT_EQ(call(token, target, body).status, 403);
  world_.bind(target, "serviceAccount:" + std::string(kAwsServiceAccount));
  EXPECT_EQ(call(token, target, body).status, 200);
  EXPECT_EQ(call(token, target, good_).status, 403);
}

TEST_F(IamCredentials, GivesIdTokensForAnAudience) {
  const std::string token = token_of(aws_role_member("access2bq"));
  const json body = {{"audience", "https://run.example"}, {"includeEmail", true}};
  const Response answer = call(token, kAwsServiceAccount, body, "generateIdToken");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto claims =
      world_.verify_id_token(json::parse(answer.body).at("token").get<std::string>());
  ASSERT_TRUE(claims);
  EXPECT_EQ(json::parse(*claims).at("aud"), "https://run.example");
  EXPECT_EQ(json::parse(*claims).at("email"), kAwsServiceAccount);
  EXPECT_EQ(call(token, kAwsServiceAccount, json::object(), "generateIdToken").status, 400);
}

}  // namespace
}  // namespace sandbox
