// The verifier against signatures made by others: were it wrong in the same way as our signer,
// every end-to-end test would pass and AWS would refuse.

#include "tests/sandbox/sigv4_check.h"

#include <gtest/gtest.h>

#include "tests/unit/sandbox/vectors.h"

namespace sandbox {
namespace {

using nlohmann::json;

HeaderList header_list(const json& pairs) {
  HeaderList headers;
  for (const json& pair : pairs) headers.emplace_back(pair.at(0), pair.at(1));
  return headers;
}

SignedRequest suite_request(const json& test) {
  SignedRequest request;
  const std::string target = test.at("target");
  const std::size_t mark = target.find('?');
  request.method = test.at("method");
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  request.headers = header_list(test.at("headers"));
  request.body_sha256 = to_hex(sha256(test.at("body").get<std::string>()));
  return request;
}

// A case of subject_token.json as the request that AWS would receive.
SignedRequest token_request(const json& test) {
  SignedRequest request;
  request.method = "POST";
  request.query = "Action=GetCallerIdentity&Version=2011-06-15";
  request.headers = header_list(test.at("headers_in_order"));
  request.body_sha256 = to_hex(sha256(""));
  return request;
}

AwsCredentials token_credentials(const json& test, TimePoint now) {
  AwsCredentials credentials;
  credentials.access_key_id = test.at("credentials").at("access_key_id");
  credentials.secret_access_key = test.at("credentials").at("secret_access_key");
  credentials.session_token = test.at("credentials").value("security_token", "");
  credentials.expiration = now + std::chrono::hours(1);
  credentials.account = "123456789012";
  credentials.role = "access2bq";
  credentials.session = "i-1";
  return credentials;
}

// One good request with the means to spoil it.
class GetCallerIdentity : public testing::Test {
 protected:
  void SetUp() override {
    const json file = read_vectors("subject_token.json");
    for (const json& test : file.at("cases")) {
      if (test.at("credentials").contains("security_token")) test_ = test;
    }
    request_ = token_request(test_);
    now_ = parse_amz_date(find_header(request_.headers, "x-amz-date")).value();
    credentials_ = token_credentials(test_, now_);
  }

  SigV4Verdict check() const {
    return check_sigv4(
        request_, test_.at("region").get<std::string>(), "sts",
        [this](std::string_view id) -> std::optional<AwsCredentials> {
          if (id == credentials_.access_key_id) return credentials_;
          return std::nullopt;
        },
        now_);
  }

  std::string& header(std::string_view name) {
    for (auto& [key, value] : request_.headers) {
      if (equals_ignoring_case(key, name)) return value;
    }
    throw std::out_of_range(std::string(name));
  }

  json test_;
  SignedRequest request_;
  AwsCredentials credentials_;
  TimePoint now_;
};

TEST(SigV4Check, AgreesWithTheAwsTestSuite) {
  const json file = read_vectors("sigv4_aws_suite.json");
  for (const json& test : file.at("cases")) {
    SCOPED_TRACE(test.at("name"));
    SignedRequest request = suite_request(test);
    const std::string given = test.at("authorization");
    if (!test.at("session_token").is_null() && !test.at("session_token_already_in_headers")) {
      request.headers.emplace_back("X-Amz-Security-Token", test.at("session_token"));
    }
    const auto authorization = parse_sigv4(given);
    ASSERT_TRUE(authorization);
    const std::string canonical = sigv4_canonical_request(request, authorization->signed_headers);
    EXPECT_EQ(canonical, test.at("canonical_request").get<std::string>());
    const std::string to_sign = sigv4_string_to_sign(
        canonical, file.at("amz_date").get<std::string>(), authorization->scope());
    EXPECT_EQ(to_sign, test.at("string_to_sign").get<std::string>());
    EXPECT_EQ(sigv4_signature(file.at("secret_access_key"), *authorization, to_sign),
              authorization->signature);
  }
}

TEST(SigV4Check, AcceptsWhatBotocoreSigned) {
  const json file = read_vectors("subject_token.json");
  for (const json& test : file.at("cases")) {
    SCOPED_TRACE(test.at("name"));
    const SignedRequest request = token_request(test);
    const TimePoint now = parse_amz_date(find_header(request.headers, "x-amz-date")).value();
    const SigV4Verdict verdict = check_sigv4(
        request, test.at("region").get<std::string>(), "sts",
        [&](std::string_view) { return token_credentials(test, now); }, now);
    ASSERT_TRUE(verdict.signer) << verdict.error_message;
    EXPECT_EQ(verdict.signer->arn(), "arn:aws:sts::123456789012:assumed-role/access2bq/i-1");
  }
}

TEST_F(GetCallerIdentity, IsAcceptedUnspoilt) { EXPECT_TRUE(check().signer); }

TEST_F(GetCallerIdentity, WithAnotherSecretIsRefused) {
  credentials_.secret_access_key += "x";
  EXPECT_EQ(check().error_code, "SignatureDoesNotMatch");
}

TEST_F(GetCallerIdentity, WithAChangedSignedHeaderIsRefused) {
  header("x-goog-cloud-target-resource") += "2";
  EXPECT_EQ(check().error_code, "SignatureDoesNotMatch");
}

TEST_F(GetCallerIdentity, WithAChangedQueryIsRefused) {
  request_.query = "Action=GetSessionToken&Version=2011-06-15";
  EXPECT_EQ(check().error_code, "SignatureDoesNotMatch");
}

TEST_F(GetCallerIdentity, WithABodyIsRefused) {
  request_.body_sha256 = to_hex(sha256("Action=GetSessionToken"));
  EXPECT_EQ(check().error_code, "SignatureDoesNotMatch");
}

// An attacker who may add an unsigned x-amz-* field changes what AWS does with the request.
TEST_F(GetCallerIdentity, WithAnUnsignedAmzHeaderIsRefused) {
  request_.headers.emplace_back("X-Amz-Target", "other");
  EXPECT_EQ(check().error_code, "SignatureDoesNotMatch");
}

TEST_F(GetCallerIdentity, OfAnotherRegionIsRefused) {
  test_["region"] = "eu-west-3";
  EXPECT_EQ(check().error_code, "SignatureDoesNotMatch");
}

TEST_F(GetCallerIdentity, IsRefusedAfterAQuarterOfAnHour) {
  now_ += std::chrono::minutes(14);
  EXPECT_TRUE(check().signer);
  now_ += std::chrono::minutes(2);
  const SigV4Verdict verdict = check();
  EXPECT_EQ(verdict.error_code, "SignatureDoesNotMatch");
  EXPECT_EQ(verdict.error_message.rfind("Signature expired: ", 0), 0u) << verdict.error_message;
}

TEST_F(GetCallerIdentity, IsRefusedAQuarterOfAnHourAhead) {
  now_ -= std::chrono::minutes(16);
  EXPECT_EQ(check().error_message.rfind("Signature not yet current: ", 0), 0u);
}

TEST_F(GetCallerIdentity, OfAnUnknownKeyIsRefused) {
  credentials_.access_key_id = "AKIAOTHER";
  EXPECT_EQ(check().error_code, "InvalidClientTokenId");
}

TEST_F(GetCallerIdentity, WithAnotherSessionTokenIsRefused) {
  credentials_.session_token += "x";
  EXPECT_EQ(check().error_code, "InvalidClientTokenId");
}

TEST_F(GetCallerIdentity, OfAnExpiredSessionIsRefused) {
  credentials_.expiration = now_;
  EXPECT_EQ(check().error_code, "ExpiredToken");
}

TEST_F(GetCallerIdentity, WithoutASignatureIsRefused) {
  header("authorization") = "Bearer x";
  EXPECT_EQ(check().error_code, "IncompleteSignature");
}

}  // namespace
}  // namespace sandbox
