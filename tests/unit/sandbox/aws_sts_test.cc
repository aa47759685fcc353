#include "tests/sandbox/aws_sts.h"

#include <gtest/gtest.h>

#include "tests/unit/sandbox/exchange_support.h"

namespace sandbox {
namespace {

class AwsSts : public testing::Test {
 protected:
  Response assume(const std::string& token, const std::string& role = "access2bq",
                  const std::string& session = "wif-proxy") {
    Request request = form_request("/", {{"Action", "AssumeRoleWithWebIdentity"},
                                         {"Version", "2011-06-15"},
                                         {"RoleArn", "arn:aws:iam::123456789012:role/" + role},
                                         {"RoleSessionName", session},
                                         {"WebIdentityToken", token}});
    return aws_sts_handler(world_)(request);
  }

  static void expect_error(const Response& answer, int status, const std::string& code,
                           const std::string& words) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_NE(answer.body.find("<Code>" + code + "</Code>"), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find(words), std::string::npos) << answer.body;
  }

  World world_;
  const std::string good_ = world_.make_ksa_token("default", "eks-access-to-gcp");
};

TEST_F(AwsSts, GivesTheTrustedAccountItsRole) {
  const Response answer = assume(good_);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const std::size_t at = answer.body.find("<AccessKeyId>") + 13;
  const auto known =
      world_.find_credentials(answer.body.substr(at, answer.body.find('<', at) - at));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->arn(), "arn:aws:sts::123456789012:assumed-role/access2bq/wif-proxy");
}

TEST_F(AwsSts, RefusesRolesThatDoNotTrustTheAccount) {
  const std::string words = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
  expect_error(assume(good_, "ecs-task-role"), 403, "AccessDenied", words);
  expect_error(assume(world_.make_ksa_token("default", "other")), 403, "AccessDenied", words);
}

TEST_F(AwsSts, RefusesBadTokens) {
  expect_error(assume(world_.make_ksa_token("default", "eks-access-to-gcp", "vault")), 400,
               "InvalidIdentityToken", "Incorrect token audience");
  expect_error(assume(world_.make_ksa_token("default", "eks-access-to-gcp", "sts.amazonaws.com",
                                            std::chrono::seconds(0))),
               400, "ExpiredTokenException", "Token expired: current date/time ");
  expect_error(assume(good_.substr(0, good_.size() - 8) + "AAAAAAAA"), 400, "InvalidIdentityToken",
               "Couldn't retrieve verification key from your identity provider,  please");
  expect_error(assume(world_.sign_as_issuer(R"({"iss":"https://other.example"})")), 400,
               "InvalidIdentityToken",
               "No OpenIDConnect provider found in your account for https://other.example");
  expect_error(assume(good_, "access2bq", "no blanks"), 400, "ValidationError", "roleSessionName");
}

TEST_F(AwsSts, TellsCallerIdentityOnlyToSigners) {
  Request request;
  request.method = "POST";
  request.path = "/";
  request.query = "Action=GetCallerIdentity&Version=2011-06-15";
  request.body = text_source("");
  request.headers = {{"Host", "sts.us-east-2.amazonaws.com"}};
  expect_error(aws_sts_handler(world_)(request), 403, "IncompleteSignature", "Authorization");
}

TEST(StsHost, NamesItsRegion) {
  EXPECT_EQ(region_of_sts_host("sts.us-east-2.amazonaws.com"), "us-east-2");
  EXPECT_EQ(region_of_sts_host("sts.amazonaws.com:443"), "us-east-1");
  EXPECT_EQ(region_of_sts_host("sts.cn-north-1.amazonaws.com.cn"), "cn-north-1");
  for (const std::string_view host :
       {"", "sts.evil.example", "sts.a.b.amazonaws.com", "xsts.us-east-2.amazonaws.com",
        "sts.us-east-2.amazonaws.com.evil.example", "sts..amazonaws.com"}) {
    EXPECT_EQ(region_of_sts_host(host), "") << host;
  }
}

}  // namespace
}  // namespace sandbox
