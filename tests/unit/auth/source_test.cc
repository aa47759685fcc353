// Which source is chosen, and each of them but the instance metadata service.
#include "auth/source.h"

#include "auth/container_uri.h"
#include "auth/web_identity.h"
#include "fakes.h"

namespace wif::auth {
namespace {

using config::AwsSource;

class AwsSources : public ::testing::Test {
 protected:
  std::string_view chosen(AwsSource wanted = AwsSource::kAuto) {
    const Source* source = choose_source(world.environment, wanted);
    return source == nullptr ? "none" : source->name;
  }
  Result<AwsCredentials, Failure> load(AwsSource wanted = AwsSource::kAuto) {
    SourceInput input(world.context, identity, imds, caller);
    input.first_load = first_load;
    return run(choose_source(world.environment, wanted)->load(input));
  }
  void set(const std::string& name, const std::string& value) {
    world.environment.variables[name] = value;
  }

  World world;
  config::Identity identity = aws_identity();
  Imds imds{"http://169.254.169.254"};
  Caller caller;
  bool first_load = false;
};
using SourceEnv = AwsSources;
using SourceWebIdentity = AwsSources;
using SourceContainer = AwsSources;
using SourceSharedFiles = AwsSources;

TEST_F(AwsSources, FirstOnePresentWins) {
  EXPECT_EQ(chosen(), "imds");
  set("HOME", "/home/u");
  world.environment.files["/home/u/.aws/credentials"] = "[default]\naws_access_key_id=a\n";
  EXPECT_EQ(chosen(), "files");
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  EXPECT_EQ(chosen(), "container") << "before the shared files: a baked-in ~/.aws must not win";
  set("AWS_WEB_IDENTITY_TOKEN_FILE", "/t");
  EXPECT_EQ(chosen(), "web_identity");
  set("AWS_ACCESS_KEY_ID", "a");
  EXPECT_EQ(chosen(), "env");
  EXPECT_EQ(chosen(AwsSource::kImds), "imds") << "the setting overrides";
}

TEST_F(AwsSources, NothingThereIsExplainedSourceBySource) {
  set("AWS_EC2_METADATA_DISABLED", "TRUE");
  EXPECT_EQ(chosen(), "none");
  EXPECT_EQ(why_no_source(world.environment),
            "env: AWS_ACCESS_KEY_ID not set; web_identity: AWS_WEB_IDENTITY_TOKEN_FILE not set; "
            "container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI / _FULL_URI not set; files: no "
            "profile with keys; imds: switched off by AWS_EC2_METADATA_DISABLED");
}

TEST_F(AwsSources, AFailingSourceDoesNotFallThrough) {
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  EXPECT_EQ(load().error().code, "network");
  for (const auto& request : world.requests) EXPECT_EQ(request.url, "http://169.254.170.2/x");
}

TEST_F(SourceEnv, ReadsKeysAndEitherSessionToken) {
  set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
  set("AWS_SECRET_ACCESS_KEY", "secret");
  set("AWS_SECURITY_TOKEN", "older name");
  auto credentials = load();
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->secret_access_key.reveal(), "secret");
  EXPECT_EQ(credentials->session_token.reveal(), "older name");
  EXPECT_EQ(credentials->shown_key_id(), "AKIA…MPLE");
  EXPECT_FALSE(credentials->expires);
  set("AWS_SESSION_TOKEN", "newer name");
  EXPECT_EQ(load()->session_token.reveal(), "newer name");
}

TEST_F(SourceEnv, HalfAPairNamesTheOtherHalf) {
  set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
  const auto credentials = load();
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().message, "AWS_SECRET_ACCESS_KEY is not set");
  EXPECT_EQ(credentials.error().retry, RetryClass::kNo);
}

const std::string kAssumeRequest = "POST https://sts.us-east-2.amazonaws.com/";
const std::string kAssumedXml =
    R"(<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>s&amp;cret</SecretAccessKey>
    <SessionToken>session</SessionToken><Expiration>2024-01-01T01:00:00Z</Expiration>
  </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>)";

TEST_F(SourceWebIdentity, AssumesTheRoleWithoutSigning) {
  set("AWS_WEB_IDENTITY_TOKEN_FILE", "/t");
  set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/eks");
  set("AWS_REGION", "us-east-2");
  world.environment.files["/t"] = "  token\n";
  world.on(kAssumeRequest, respond(200, kAssumedXml));
  const auto credentials = load();
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->access_key_id, "ASIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(credentials->secret_access_key.reveal(), "s&cret");
  EXPECT_EQ(credentials->session_token.reveal(), "session");
  EXPECT_EQ(*credentials->expires, *parse_timestamp("2024-01-01T01:00:00Z"));
  EXPECT_EQ(caller.arn, "arn:aws:iam::123456789012:role/eks");
  const auto& request = world.requests.at(0);
  EXPECT_EQ(request.body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A"
            "123456789012%3Arole%2Feks&RoleSessionName=wif-proxy&WebIdentityToken=token");
  EXPECT_EQ(World::header(request, "Authorization"), "(none)");
}

TEST_F(SourceWebIdentity, TrustPolicyRefusalIsNamedAndNotRepeated) {
  set("AWS_WEB_IDENTITY_TOKEN_FILE", "/t");
  set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/eks");
  set("AWS_REGION", "us-east-2");
  world.environment.files["/t"] = jwt(R"({"sub":"system:serviceaccount:a:b"})");
  world.on(kAssumeRequest,
           respond(403,
                   "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized to "
                   "perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>"));
  const auto credentials = load();
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, "irsa_trust_policy");
  EXPECT_EQ(world.requests.size(), 1u);
  EXPECT_EQ(caller.claims->subject, "system:serviceaccount:a:b") << "for the message";
}

TEST_F(SourceWebIdentity, TriesThreeTimesWhenAwsIsNotAvailable) {
  set("AWS_WEB_IDENTITY_TOKEN_FILE", "/t");
  set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/eks");
  set("AWS_REGION", "us-east-2");
  world.environment.files["/t"] = "token";
  world.on(kAssumeRequest, respond(503, ""));
  EXPECT_EQ(load().error().code, "upstream_unavailable");
  EXPECT_EQ(world.requests.size(), 3u);
  EXPECT_EQ(world.pauses, (std::vector<std::chrono::nanoseconds>{500ms, 1s}));
}

TEST_F(SourceWebIdentity, NeedsARoleAndAReadableToken) {
  set("AWS_WEB_IDENTITY_TOKEN_FILE", "/t");
  EXPECT_EQ(load().error().code, "irsa_role_arn_missing");
  set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/eks");
  EXPECT_EQ(load().error().code, "token_file_unreadable");
}

TEST_F(SourceWebIdentity, ChoosesTheEndpoint) {
  EXPECT_EQ(aws_sts_endpoint(world.environment, "us-gov-west-1"),
            "https://sts.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(aws_sts_endpoint(world.environment, "cn-north-1"),
            "https://sts.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(aws_sts_endpoint(world.environment, ""), "https://sts.amazonaws.com");
  set("AWS_STS_REGIONAL_ENDPOINTS", "legacy");
  EXPECT_EQ(aws_sts_endpoint(world.environment, "us-east-2"), "https://sts.amazonaws.com");
  EXPECT_EQ(aws_sts_endpoint(world.environment, "ap-southeast-4"),
            "https://sts.ap-southeast-4.amazonaws.com");
  set("AWS_ENDPOINT_URL_STS", "https://vpce.example");
  EXPECT_EQ(aws_sts_endpoint(world.environment, "us-east-2"), "https://vpce.example");
}

TEST_F(SourceContainer, AllowsOnlyAddressesThatCredentialsMayComeFrom) {
  const auto file = vectors("container_uri.json");
  for (const auto& test : file.at("cases")) {
    const std::string uri = test.at("uri");
    EXPECT_EQ(container_url_from_full(uri).has_value(), test.at("allowed").get<bool>()) << uri;
  }
  for (const auto& test : file.at("relative")) {
    const std::string value = test.at("value");
    const auto url = container_url_from_relative(value);
    ASSERT_EQ(url.has_value(), test.at("allowed").get<bool>()) << value;
    if (url) {
      EXPECT_EQ(*url, test.at("url").get<std::string>());
    }
  }
}

TEST_F(SourceContainer, LocalhostCannotBeResolvedElsewhere) {
  EXPECT_EQ(container_url_from_full("http://LocalHost:8080/c?d=e"), "http://127.0.0.1:8080/c?d=e");
}

TEST_F(SourceContainer, EcsTaskRole) {
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/id");
  set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials");
  world.on("GET http://169.254.170.2/v2/credentials/id", respond(200, kKeysJson));
  const auto credentials = load();
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->origin, "container:169.254.170.2");
  EXPECT_EQ(credentials->session_token.reveal(), "session-token");
  EXPECT_EQ(caller.arn, "arn:aws:iam::123456789012:role/ecs-task-role");
  EXPECT_EQ(World::header(world.requests.at(0), "Accept"), "application/json");
  EXPECT_EQ(World::header(world.requests.at(0), "Authorization"), "(none)");
}

TEST_F(SourceContainer, PodIdentitySendsTheTokenFileAsItIs) {
  set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials");
  set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/pod-token");
  set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "loses against the file");
  world.environment.files["/pod-token"] = "eyJ.a.b\n";
  world.on("GET http://169.254.170.23/v1/credentials", respond(200, kKeysJson));
  ASSERT_TRUE(load());
  EXPECT_EQ(World::header(world.requests.at(0), "Authorization"), "eyJ.a.b");
  world.environment.files["/pod-token"] = "rotated";
  ASSERT_TRUE(load());
  EXPECT_EQ(World::header(world.requests.at(1), "Authorization"), "rotated");
}

TEST_F(SourceContainer, RefusesALineBreakInTheToken) {
  set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials");
  set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\r\nHost: b");
  EXPECT_FALSE(load());
  EXPECT_TRUE(world.requests.empty());
}

TEST_F(SourceContainer, TellsEcsFromEksBy404) {
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  world.on("GET http://169.254.170.2/x", respond(404, ""));
  EXPECT_EQ(load().error().code, "ecs_task_role_missing");
  world.environment.variables.clear();
  set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials");
  world.on("GET http://169.254.170.23/v1/credentials", respond(404, ""));
  EXPECT_EQ(load().error().code, "pod_identity_association_missing");
}

TEST_F(SourceContainer, AtTheStartItWaitsFifteenSecondsForTheAgent) {
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  world.on("GET http://169.254.170.2/x", respond(500, ""));
  first_load = true;
  const SteadyTime began = world.clock.now();
  EXPECT_EQ(load().error().code, "upstream_unavailable");
  EXPECT_GE(world.clock.now() - began, 15s);
  EXPECT_LT(world.clock.now() - began, 18s);
  first_load = false;
  const auto before = world.requests.size();
  EXPECT_FALSE(load());
  EXPECT_EQ(world.requests.size() - before, 3u) << "later, three attempts are enough";
}

TEST_F(SourceContainer, IncompleteAnswersAreErrors) {
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  for (const char* body : {"", "{}", "<html>", R"({"AccessKeyId":"a","SecretAccessKey":""})",
                           R"({"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"soon"})"}) {
    world.replace("GET http://169.254.170.2/x", respond(200, body));
    EXPECT_EQ(load().error().code, "unexpected_answer") << body;
  }
}

TEST_F(SourceSharedFiles, CredentialsFileWinsKeyByKey) {
  set("AWS_SHARED_CREDENTIALS_FILE", "/c");
  set("AWS_CONFIG_FILE", "/f");
  world.environment.files["/c"] =
      "# comment\n[other]\naws_access_key_id = no\n[default]\r\naws_access_key_id = "
      "AKIAIOSFODNN7EXAMPLE "
      "; inline\naws_secret_access_key = se#cret\n";
  world.environment.files["/f"] =
      "[default]\naws_secret_access_key = shadowed\nregion = us-west-2\ns3 =\n  region = nested\n"
      "[profile p]\nregion = eu-west-1\n";
  const auto credentials = load();
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->access_key_id, "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(credentials->secret_access_key.reveal(), "se#cret");
  EXPECT_EQ(credentials->region, "us-west-2");
  EXPECT_EQ(credentials->origin, "files:default");
}

TEST_F(SourceSharedFiles, ProfileByName) {
  set("AWS_PROFILE", "p");
  set("AWS_CONFIG_FILE", "/f");
  world.environment.files["/f"] =
      "[profile p]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\naws_secret_access_key=s\n"
      "[p]\naws_access_key_id=wrong\n";
  ASSERT_TRUE(load());
  set("AWS_PROFILE", "missing");
  EXPECT_EQ(load().error().code, "aws_profile_unusable");
}

TEST_F(SourceSharedFiles, WebIdentityOfAProfile) {
  set("AWS_CONFIG_FILE", "/f");
  world.environment.files["/f"] =
      "[default]\nrole_arn=arn:aws:iam::123456789012:role/r\nweb_identity_token_file=/t\n"
      "role_session_name=me\nregion=us-east-2\n";
  world.environment.files["/t"] = "token";
  world.on(kAssumeRequest, respond(200, kAssumedXml));
  const auto credentials = load();
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->region, "us-east-2");
  EXPECT_NE(world.requests.at(0).body.find("RoleSessionName=me&"), std::string::npos);
}

TEST_F(SourceSharedFiles, WhatNeedsAProgramOrABrowserIsRefusedByName) {
  set("AWS_CONFIG_FILE", "/f");
  for (const char* key : {"source_profile", "credential_source", "credential_process",
                          "sso_session", "sso_start_url"}) {
    world.environment.files["/f"] = "[default]\n" + std::string(key) + " = x\n";
    ASSERT_EQ(chosen(), "files") << "passing over it would take another identity";
    const auto credentials = load();
    ASSERT_FALSE(credentials);
    EXPECT_NE(credentials.error().message.find(key), std::string::npos);
  }
}

TEST_F(SourceSharedFiles, AProfileWithoutKeysIsNoTrigger) {
  set("AWS_CONFIG_FILE", "/f");
  world.environment.files["/f"] = "[default]\nregion = us-east-2\n";
  EXPECT_EQ(chosen(), "imds");
}

}  // namespace
}  // namespace wif::auth
