#include "auth/subject.h"

#include "auth/sts.h"
#include "fakes.h"

namespace wif::auth {
namespace {

TEST(Subject, MakesTheAwsEnvelopeByteForByte) {
  const auto file = vectors("subject_token.json");
  for (const auto& test : file.at("cases")) {
    SCOPED_TRACE(test.at("name").get<std::string>());
    const auto& keys = test.at("credentials");
    AwsCredentials credentials;
    credentials.access_key_id = keys.at("access_key_id");
    credentials.secret_access_key = Secret(keys.at("secret_access_key").get<std::string>());
    credentials.session_token = Secret(keys.value("security_token", ""));
    const Secret token = aws_subject_token(
        credentials, test.at("region").get<std::string>(), test.at("audience").get<std::string>(),
        test.at("regional_cred_verification_url").get<std::string>(),
        *parse_timestamp(test.at("time").get<std::string>()));
    EXPECT_EQ(std::string(token.reveal()), test.at("subject_token").get<std::string>());

    config::Identity identity = aws_identity();
    identity.account->audience = test.at("audience");
    identity.sts_scope = test.at("scope");
    EXPECT_EQ(sts_form(identity, token.reveal()), test.at("sts_form_body").get<std::string>());
  }
}

TEST(Subject, TemplateMayNameItsRegion) {
  EXPECT_EQ(region_of_template("https://sts.{region}.amazonaws.com?A=1"), std::nullopt);
  EXPECT_EQ(region_of_template("https://sts.us-west-2.amazonaws.com?A=1"), "us-west-2");
  EXPECT_EQ(region_of_template("https://sts.cn-north-1.amazonaws.com.cn?A=1"), "cn-north-1");
  EXPECT_EQ(region_of_template("https://sts.amazonaws.com?A=1"), "us-east-1");
}

class SubjectTest : public ::testing::Test {
 protected:
  Result<SubjectToken, Failure> read() {
    return run(read_subject_token(world.context, account, world.clock.wall(), claims));
  }

  World world;
  config::ExternalAccount account = *oidc_identity().account;
  std::optional<JwtClaims> claims;
};
using SubjectFile = SubjectTest;
using SubjectUrl = SubjectTest;

TEST_F(SubjectFile, TextIsTrimmedAtTheEnd) {
  world.environment.files["/token"] = "opaque-token\r\n\n";
  const auto token = read();
  ASSERT_TRUE(token);
  EXPECT_EQ(token->token.reveal(), "opaque-token");
  EXPECT_EQ(token->origin, "file:/token");
}

TEST_F(SubjectFile, JsonFieldIsTaken) {
  account.format.json = true;
  account.format.subject_token_field_name = "access_token";
  world.environment.files["/token"] = R"({"access_token":"from-json","other":1})";
  const auto token = read();
  ASSERT_TRUE(token);
  EXPECT_EQ(token->token.reveal(), "from-json");
}

TEST_F(SubjectFile, MissingFieldNamesFileAndField) {
  account.format.json = true;
  account.format.subject_token_field_name = "access_token";
  world.environment.files["/token"] = R"({"token":"x"})";
  const auto token = read();
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, "subject_token_invalid");
  EXPECT_NE(token.error().message.find("/token"), std::string::npos);
  EXPECT_NE(token.error().message.find("access_token"), std::string::npos);
}

TEST_F(SubjectFile, EmptyAndMissingFilesAreErrorsThatNameThem) {
  world.environment.files["/token"] = " \n";
  EXPECT_EQ(read().error().code, "subject_token_invalid");
  world.environment.files.clear();
  const auto token = read();
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, "token_file_unreadable");
  EXPECT_EQ(token.error().retry, RetryClass::kBackoff);
  EXPECT_NE(token.error().message.find("/token: No such file"), std::string::npos);
}

TEST_F(SubjectFile, ExpiredJwtIsNotSent) {
  world.environment.files["/token"] = jwt(R"({"iss":"https://i","sub":"s","exp":1704067190})");
  const auto token = read();
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, "oidc_token_stale");
  EXPECT_EQ(token.error().retry, RetryClass::kOnceFresh);
  EXPECT_NE(token.error().message.find("expired 10 s ago"), std::string::npos)
      << token.error().message;
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->subject, "s");
}

TEST_F(SubjectUrl, SendsTheGivenHeaders) {
  account.source = config::ExternalAccount::SourceKind::kUrl;
  account.url = "http://127.0.0.1:5000/token?x=1";
  account.url_headers = {{"Metadata", "True"}};
  world.on("GET http://127.0.0.1:5000/token?x=1", respond(200, "from-url\n"));
  const auto token = read();
  ASSERT_TRUE(token);
  EXPECT_EQ(token->token.reveal(), "from-url");
  EXPECT_EQ(token->origin, "url:127.0.0.1");
  EXPECT_EQ(World::header(world.requests.at(0), "Metadata"), "True");
  EXPECT_TRUE(world.requests.at(0).direct);
}

// A token service on the internet may only be reached by upstream.proxy; one that speaks plain http
// is of this place (R-4.4.6).
TEST_F(SubjectUrl, OnlyHttpsMayGoThroughAProxy) {
  account.source = config::ExternalAccount::SourceKind::kUrl;
  account.url = "https://ci.example/token";
  world.on("GET https://ci.example/token", respond(200, "from-url"));
  ASSERT_TRUE(read());
  EXPECT_FALSE(world.requests.at(0).direct);
}

TEST_F(SubjectUrl, AnythingBut200Fails) {
  account.source = config::ExternalAccount::SourceKind::kUrl;
  account.url = "http://127.0.0.1:5000/token";
  world.on("GET http://127.0.0.1:5000/token", respond(302, ""));
  EXPECT_EQ(read().error().code, "unexpected_answer");
  world.replace("GET http://127.0.0.1:5000/token", respond(503, "later"));
  EXPECT_EQ(read().error().code, "upstream_unavailable");
  world.replace("GET http://127.0.0.1:5000/token", refuse_connection());
  EXPECT_EQ(read().error().code, "network");
}

}  // namespace
}  // namespace wif::auth
