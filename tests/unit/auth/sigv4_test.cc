// AWS's own test suite for Signature Version 4, and the signing cases of google-auth for Python.
#include "auth/sigv4.h"

#include <set>

#include "auth/url.h"
#include "fakes.h"

namespace wif::auth {
namespace {

// A string that may be null or missing.
std::string text_of(const nlohmann::json& object, const char* key) {
  const auto member = object.find(key);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

AwsCredentials credentials(const nlohmann::json& values) {
  AwsCredentials result;
  result.access_key_id = values.at("access_key_id");
  result.secret_access_key = Secret(values.at("secret_access_key").get<std::string>());
  result.session_token = Secret(text_of(values, "security_token"));
  return result;
}

// What a signer for GetCallerIdentity leaves out: normalising paths, headers that stand more than
// once, folded headers.
const std::set<std::string> kSkipped{"get-header-key-duplicate",
                                     "get-header-value-order",
                                     "get-header-value-multiline",
                                     "normalize-path/get-relative",
                                     "normalize-path/get-relative-relative",
                                     "normalize-path/get-slash",
                                     "normalize-path/get-slash-dot-slash",
                                     "normalize-path/get-slash-pointless-dot",
                                     "normalize-path/get-slashes",
                                     "google-auth-01",
                                     "google-auth-02",
                                     "google-auth-03"};

TEST(SigV4, PassesTheAwsTestSuite) {
  const auto suite = vectors("sigv4_aws_suite.json");
  const auto keys = credentials(suite);
  const SigningScope scope{suite.at("region"), suite.at("service")};
  const auto time = *parse_timestamp("2015-08-30T12:36:00Z");
  int done = 0;
  for (const auto& test : suite.at("cases")) {
    if (kSkipped.contains(test.at("name"))) continue;
    SCOPED_TRACE(test.at("name").get<std::string>());
    SignableRequest request;
    request.method = test.at("method");
    const std::string target = test.at("target");
    request.path = target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos) request.query = target.substr(target.find('?') + 1);
    const std::string body = test.at("body");
    request.body = body;
    for (const auto& header : test.at("headers"))
      request.headers.emplace_back(header[0], header[1]);
    if (!test.at("session_token").is_null() && !test.at("session_token_already_in_headers")) {
      request.headers.emplace_back("X-Amz-Security-Token", test.at("session_token"));
    }
    const Signature signature = sign(request, keys, scope, time);
    EXPECT_EQ(signature.canonical_request, test.at("canonical_request").get<std::string>());
    EXPECT_EQ(signature.string_to_sign, test.at("string_to_sign").get<std::string>());
    EXPECT_EQ(signature.authorization, test.at("authorization").get<std::string>());
    ++done;
  }
  EXPECT_EQ(done, 25);
}

TEST(SigV4, SignsLikeGoogleAuthForPython) {
  const auto file = vectors("sigv4_google_auth.json");
  int done = 0;
  for (const auto& test : file.at("cases")) {
    if (kSkipped.contains(test.at("name"))) continue;
    SCOPED_TRACE(test.at("name").get<std::string>());
    const auto& wanted = test.at("request");
    const auto url = parse_url(wanted.at("url").get<std::string>());
    ASSERT_TRUE(url);
    SignableRequest request;
    request.method = wanted.at("method");
    request.path = url->path;
    request.query = url->query;
    const std::string body = text_of(wanted, "data");
    request.body = body;
    request.headers.emplace_back("host", url->host);
    bool dated = false;
    const auto headers = wanted.value("headers", nlohmann::json::object());
    for (const auto& [name, value] : headers.items()) {
      request.headers.emplace_back(name, value);
      dated = dated || iequals(name, "date");
    }
    const auto time = *parse_timestamp(test.at("time").get<std::string>());
    if (!dated) request.headers.emplace_back("x-amz-date", amz_date(time));
    const auto keys = credentials(test.at("credentials"));
    if (!keys.session_token.empty()) {
      request.headers.emplace_back("x-amz-security-token", keys.session_token.reveal());
    }
    const SigningScope scope{test.at("region"), url->host.substr(0, url->host.find('.'))};
    const Signature signature = sign(request, keys, scope, time);
    EXPECT_EQ(signature.authorization,
              test.at("signed_request").at("headers").at("Authorization").get<std::string>());
    if (test.at("canonical_request").is_string()) {
      EXPECT_EQ(signature.canonical_request, test.at("canonical_request").get<std::string>());
      EXPECT_EQ(signature.string_to_sign, test.at("string_to_sign").get<std::string>());
    }
    ++done;
  }
  EXPECT_EQ(done, 14);
}

TEST(SigV4, SkipsOnlyCasesThatExist) {
  std::set<std::string> names;
  for (const char* file : {"sigv4_aws_suite.json", "sigv4_google_auth.json"}) {
    const auto suite = vectors(file);
    for (const auto& test : suite.at("cases")) names.insert(test.at("name").get<std::string>());
  }
  for (const std::string& name : kSkipped) EXPECT_TRUE(names.contains(name)) << name;
}

}  // namespace
}  // namespace wif::auth
