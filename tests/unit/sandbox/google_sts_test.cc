// The stand-in of Google's STS refuses what Google refuses; a sandbox that says yes to everything
// proves nothing about the proxy.

#include "tests/sandbox/google_sts.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/sandbox/exchange_support.h"

namespace sandbox {
namespace {

using nlohmann::json;

class GoogleSts : public testing::Test {
 protected:
  json exchange(const HeaderList& fields) {
    Request request = form_request("/v1/token", fields);
    const Response response = google_sts_handler(world_)(request);
    json body = json::parse(response.body);
    body["status"] = response.status;
    return body;
  }

  json exchange_aws(const AwsToken& token) { return exchange(aws_form(make_subject_token(token))); }
  json exchange_jwt(const std::string& jwt) { return exchange(oidc_form(jwt)); }

  AwsToken good_token() {
    AwsToken token;
    token.credentials = world_.assume_role("access2bq", "i-1");
    token.time = world_.now();
    return token;
  }

  static void expect_refused(const json& answer, std::string_view error, std::string_view words) {
    EXPECT_EQ(answer.at("status"), 400);
    EXPECT_EQ(answer.at("error"), error) << answer;
    const std::string description = answer.value("error_description", "");
    EXPECT_NE(description.find(words), std::string::npos) << description;
  }

  World world_;
};

TEST_F(GoogleSts, GivesTheRoleAFederatedToken) {
  const json answer = exchange_aws(good_token());
  ASSERT_EQ(answer.at("status"), 200) << answer;
  EXPECT_EQ(answer.at("expires_in"), 3600);
  const auto principal =
      world_.check_bearer("Bearer " + answer.at("access_token").get<std::string>());
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->subject, "arn:aws:sts::123456789012:assumed-role/access2bq/i-1");
}

TEST_F(GoogleSts, RefusesAWrongSignature) {
  AwsToken token = good_token();
  token.credentials.secret_access_key += "x";
  expect_refused(exchange_aws(token), "invalid_grant", "SignatureDoesNotMatch");
}

TEST_F(GoogleSts, RefusesAnOldDate) {
  AwsToken token = good_token();
  token.time -= std::chrono::minutes(16);
  expect_refused(exchange_aws(token), "invalid_grant", "Signature expired");
}

// Without that signature a thief could redirect the token to a pool of his own.
TEST_F(GoogleSts, RefusesAnUnsignedTargetResource) {
  AwsToken token = good_token();
  token.sign_target = false;
  expect_refused(exchange_aws(token), "invalid_request", "AWS request has invalid format.");
}

TEST_F(GoogleSts, RefusesATokenMadeForAnotherProvider) {
  AwsToken token = good_token();
  token.audience = kOidcAudience;
  expect_refused(exchange_aws(token), "invalid_request", "AWS request has invalid format.");
}

TEST_F(GoogleSts, RefusesAnotherHostThanAwsSts) {
  AwsToken token = good_token();
  token.host = "sts.us-east-2.amazonaws.com.evil.example";
  expect_refused(exchange_aws(token), "invalid_request", "AWS request has invalid format.");
}

TEST_F(GoogleSts, RefusesAnotherAccount) {
  AwsToken token = good_token();
  token.credentials = world_.assume_role("access2bq", "i-1", std::chrono::hours(1), "999999999999");
  expect_refused(exchange_aws(token), "unauthorized_client", "attribute condition");
}

TEST_F(GoogleSts, RefusesASubjectThatIsTooLong) {
  AwsToken token = good_token();
  token.credentials = world_.assume_role(std::string(63, 'r'), std::string(27, 's'));
  expect_refused(exchange_aws(token), "invalid_request", "exceeds the 127 bytes limit");
}

TEST_F(GoogleSts, RefusesTextThatIsNoAwsRequest) {
  expect_refused(exchange(aws_form("nonsense")), "invalid_request", "Invalid format of AWS");
  expect_refused(exchange(aws_form("%7B%7D")), "invalid_request",
                 "AWS request has invalid format.");
}

TEST_F(GoogleSts, RefusesUnknownAndMalformedAudiences) {
  HeaderList form = aws_form(make_subject_token(good_token()));
  form.front().second = std::string(kAwsAudience) + "2";
  expect_refused(exchange(form), "invalid_target", "because it doesn't exist.");
  form.front().second = "//iam.googleapis.com/projects/foo-project/providers/aws-provider";
  expect_refused(exchange(form), "invalid_request", "full resource name");
}

TEST_F(GoogleSts, RefusesARepeatedField) {
  HeaderList form = aws_form(make_subject_token(good_token()));
  form.push_back(form.back());
  expect_refused(exchange(form), "invalid_request", "Invalid value");
}

TEST_F(GoogleSts, GivesTheKubernetesAccountAFederatedToken) {
  const json answer = exchange_jwt(world_.make_ksa_token("default", "eks-access-to-gcp"));
  ASSERT_EQ(answer.at("status"), 200) << answer;
  const auto principal =
      world_.check_bearer("Bearer " + answer.at("access_token").get<std::string>());
  ASSERT_TRUE(principal);
  EXPECT_TRUE(world_.may_impersonate(*principal, std::string(kEksServiceAccount)));
  EXPECT_FALSE(world_.may_impersonate(*principal, std::string(kAwsServiceAccount)));
}

TEST_F(GoogleSts, RefusesBadKubernetesTokens) {
  const std::string good = world_.make_ksa_token("default", "eks-access-to-gcp");
  expect_refused(exchange_jwt(good.substr(0, good.size() - 8) + "AAAAAAAA"), "invalid_grant",
                 "signature");
  expect_refused(exchange_jwt(world_.make_ksa_token("default", "x", "vault")), "invalid_grant",
                 "The audience in ID Token [vault] does not match the expected audience.");
  expect_refused(exchange_jwt(world_.make_ksa_token("default", "x", "sts.amazonaws.com",
                                                    std::chrono::seconds(-1))),
                 "invalid_grant", "is stale to sign-in.");
  expect_refused(exchange_jwt(world_.sign_as_issuer(R"({"iss":"https://other.example"})")),
                 "invalid_grant", "The issuer in ID Token https://other.example does not match");
}

}  // namespace
}  // namespace sandbox
