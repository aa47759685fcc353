// credentials.md section 2, against tests/vectors/external_account*.
#include "config/external_account.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace wif::config {
namespace {

using nlohmann::json;

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string vector_file(const std::string& name) {
  return text_of(std::string(WIF_VECTORS_DIR) + "/external_account/" + name + ".json");
}

Result<ExternalAccount> parse(const std::string& text, const ExternalAccountOptions& options = {},
                              std::vector<std::string>* warnings = nullptr) {
  std::vector<std::string> ignored;
  return parse_external_account(text, "cred.json", options, warnings ? *warnings : ignored);
}

// The EC2 file with one member replaced.
std::string changed(const std::string& pointer, const json& value) {
  json document = json::parse(vector_file("ec2-imdsv2"));
  document[json::json_pointer(pointer)] = value;
  return document.dump();
}

TEST(ExternalAccount, EveryValidFileLoads) {
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(WIF_VECTORS_DIR) + "/external_account")) {
    const auto name = entry.path().stem().string();
    std::vector<std::string> warnings;
    const auto account = parse(text_of(entry.path()), {}, &warnings);
    ++files;
    if (name == "certificate" || name == "executable") {
      ASSERT_FALSE(account) << name;
      EXPECT_NE(account.error().what.find("not supported"), std::string::npos);
      EXPECT_NE(account.error().what.find("credential_source." + name), std::string::npos);
    } else {
      EXPECT_TRUE(account) << name << ": " << account.error().what;
      EXPECT_TRUE(warnings.empty()) << name << ": " << warnings[0];
    }
  }
  EXPECT_GE(files, 18u);
}

TEST(ExternalAccount, EveryInvalidFileIsRefusedByItsField) {
  const json file =
      json::parse(text_of(std::string(WIF_VECTORS_DIR) + "/external_account_invalid.json"));
  ASSERT_GE(file["cases"].size(), 30u);
  for (const auto& c : file["cases"]) {
    const auto account = parse(c["document"].dump());
    ASSERT_FALSE(account) << c["name"];
    const std::string expected = "cred.json: " + c["field"].get<std::string>() + ":";
    EXPECT_EQ(account.error().what.rfind(expected, 0), 0u)
        << c["name"] << ": " << account.error().what;
    EXPECT_EQ(account.error().what.find('\n'), std::string::npos);
    EXPECT_EQ(account.error().reason, Reason::kConfiguration);
  }
}

TEST(ExternalAccount, ReadsTheAwsFile) {
  const auto account = parse(vector_file("ec2-imdsv2"));
  ASSERT_TRUE(account);
  EXPECT_EQ(account->source, ExternalAccount::SourceKind::kAws);
  EXPECT_EQ(account->token_url, "https://sts.googleapis.com/v1/token");
  EXPECT_EQ(account->service_account_email, "access-from-aws@foo-project.iam.gserviceaccount.com");
  EXPECT_EQ(account->imdsv2_session_token_url, "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(account->universe_domain, "googleapis.com");
  EXPECT_EQ(account->token_lifetime.count(), 3600);
}

TEST(ExternalAccount, ReadsLifetimeQuotaClientAndFormat) {
  EXPECT_EQ(parse(vector_file("aws-lifetime-quota"))->token_lifetime.count(), 2800);
  EXPECT_EQ(parse(vector_file("aws-lifetime-quota"))->quota_project_id, "billing-project");
  const auto client = parse(vector_file("client-auth"));
  EXPECT_EQ(client->client_id, "client@example");
  EXPECT_EQ(client->client_secret.reveal(), "s3cr3t:with colon");
  const auto file = parse(vector_file("file-json"));
  EXPECT_TRUE(file->format.json);
  EXPECT_EQ(file->format.subject_token_field_name, "id_token");
  const auto url = parse(vector_file("url-json"));
  EXPECT_EQ(url->source, ExternalAccount::SourceKind::kUrl);
  ASSERT_EQ(url->url_headers.size(), 1u);
  EXPECT_EQ(url->url_headers[0].first, "Metadata");
  EXPECT_TRUE(parse(vector_file("aws-direct-no-impersonation"))->impersonation_url.empty());
  EXPECT_EQ(parse(vector_file("other-universe"))->universe_domain, "apis-example.goog");
  EXPECT_EQ(parse(vector_file("minimal-default-token-url"))->token_url,
            "https://sts.googleapis.com/v1/token");
}

TEST(ExternalAccount, OtherTypesAreRefusedByName) {
  for (const char* type : {"service_account", "authorized_user", "impersonated_service_account",
                           "external_account_authorized_user", "gdch_service_account"}) {
    const auto account = parse(changed("/type", type));
    ASSERT_FALSE(account);
    EXPECT_NE(account.error().what.find(type), std::string::npos);
    EXPECT_NE(account.error().what.find("create-cred-config"), std::string::npos);
  }
}

TEST(ExternalAccount, ProjectIdInsteadOfNumberIsExplained) {
  const auto account = parse(changed("/audience",
                                     "//iam.googleapis.com/projects/foo/locations/global/"
                                     "workloadIdentityPools/p/providers/q"));
  ASSERT_FALSE(account);
  EXPECT_NE(account.error().what.find("projects describe foo"), std::string::npos);
}

TEST(ExternalAccount, AudienceShapes) {
  const std::string host = "//iam.googleapis.com/";
  for (const char* path : {"projects/1/locations/global/workloadIdentityPools/p/providers/q",
                           "projects/123/locations/eu/workloadIdentityPools/p.x/providers/q_y",
                           "locations/global/workforcePools/p/providers/q"}) {
    EXPECT_TRUE(parse(changed("/audience", host + path))) << path;
  }
  for (const char* path : {"projects//locations/global/workloadIdentityPools/p/providers/q",
                           "projects/1/locations/global/workloadIdentityPools/p/providers/",
                           "projects/1/locations/global/workloadIdentityPools/p/providers/q/x",
                           "projects/1/locations/global/workloadIdentityPools/p",
                           "projects/1/locations/global/workforcePools/p/providers/q",
                           "locations/global/workloadIdentityPools/p/providers/q", "",
                           "projects/1/locations/global/workloadIdentityPools/p p/providers/q"}) {
    EXPECT_FALSE(parse(changed("/audience", host + path))) << path;
  }
}

TEST(ExternalAccount, UnknownFieldsAreIgnoredWithOneWarningEach) {
  json document = json::parse(vector_file("ec2-imdsv2"));
  document["scopes"] = json::array({"x"});
  document["credential_source"]["colour"] = "red";
  document["service_account_impersonation"] = {{"token_lifetime_seconds", 3600}, {"size", 1}};
  std::vector<std::string> warnings;
  ASSERT_TRUE(parse(document.dump(), {}, &warnings));
  std::sort(warnings.begin(), warnings.end());
  ASSERT_EQ(warnings.size(), 3u);
  EXPECT_EQ(warnings[0], "cred.json: credential_source.colour: unknown field, ignored");
  EXPECT_EQ(warnings[1], "cred.json: scopes: unknown field, ignored");
  EXPECT_EQ(warnings[2], "cred.json: service_account_impersonation.size: unknown field, ignored");
}

TEST(ExternalAccount, RelativeTokenFileIsWarnedOf) {
  json document = json::parse(vector_file("file-text-default-format"));
  document["credential_source"]["file"] = "token";
  std::vector<std::string> warnings;
  ASSERT_TRUE(parse(document.dump(), {}, &warnings));
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("credential_source.file"), std::string::npos);
}

TEST(ExternalAccount, DuplicateKeysAreRefused) {
  auto text = vector_file("ec2-imdsv2");
  text.insert(1, R"("type": "service_account",)");
  EXPECT_NE(parse(text).error().what.find("type: found it twice"), std::string::npos);
  text = vector_file("ec2-imdsv2");
  text.insert(1, R"("\u0074ype": "external_account",)");  // spelt with an escape: the same key
  EXPECT_NE(parse(text).error().what.find("type: found it twice"), std::string::npos);
}

TEST(ExternalAccount, BrokenTextIsRefusedWithoutShowingIt) {
  const auto secret = parse(R"({"client_secret": "top-secret" "type": 1})");
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().what.find("top-secret"), std::string::npos);
  EXPECT_NE(secret.error().what.find("cred.json: 1:"), std::string::npos) << secret.error().what;
  for (const char* text :
       {"", "[]", "1", "null", "{", "{} x", "// no\n{}", "\"x\"", "{\"a\":1,}"}) {
    EXPECT_FALSE(parse(text)) << text;
  }
  EXPECT_FALSE(parse(std::string(1000, '[')));
  EXPECT_FALSE(parse("{\"a\":\"" + std::string(70000, 'x') + "\"}"));
  EXPECT_FALSE(parse("{\"type\":\"\xff\"}"));
}

TEST(ExternalAccount, SecretIsNeverShown) {
  json document = json::parse(vector_file("client-auth"));
  document.erase("client_id");
  const auto account = parse(document.dump());
  ASSERT_FALSE(account);
  EXPECT_EQ(account.error().what.find("s3cr3t"), std::string::npos);
}

TEST(ExternalAccount, TokenUrlFollowsRuleU) {
  for (const char* host :
       {"sts.googleapis.com", "STS.googleapis.com", "sts.mtls.googleapis.com",
        "us-east1.sts.googleapis.com", "sts.us-east1.googleapis.com",
        "sts.us-east1.rep.googleapis.com", "us-east1-sts.googleapis.com",
        "sts-myendpoint.p.googleapis.com", "sts.googleapis.com:443", "sts.googleapis.com."}) {
    EXPECT_TRUE(parse(changed("/token_url", "https://" + std::string(host) + "/v1/token"))) << host;
  }
  for (const char* host : {"evil.example",
                           "googleapis.com",
                           "evilsts.googleapis.com",
                           "sts.googleapis.com.evil.example",
                           "sts.evilgoogleapis.com",
                           "a.b.sts.googleapis.com",
                           "sts.a.b.googleapis.com",
                           "sts.a.b.rep.googleapis.com",
                           "sts-.p.googleapis.com",
                           "-sts.googleapis.com",
                           "sts.p.googleapis.com",
                           "xsts-a.p.googleapis.com",
                           "iamcredentials.googleapis.com",
                           "sts.googleapis.com:80",
                           "sts.googleapis.com:",
                           "sts.googleapis.com:0",
                           "u@sts.googleapis.com",
                           "sts.googleapis.com@evil.example",
                           "sts.googleapis.com\\@evil.example",
                           "evil.example#sts.googleapis.com",
                           "evil.example?sts.googleapis.com",
                           "evil.example/sts.googleapis.com",
                           "[::1]",
                           "127.0.0.1",
                           "sts%2egoogleapis.com",
                           "sts.googleapis.com%00",
                           "s\xd1\x82s.googleapis.com",
                           ""}) {
    EXPECT_FALSE(parse(changed("/token_url", "https://" + std::string(host) + "/v1/token")))
        << host;
  }
  for (const char* url :
       {"http://sts.googleapis.com/v1/token", "sts.googleapis.com/v1/token", "//sts.googleapis.com",
        "https:/sts.googleapis.com", "https://sts.googleapis.com/v1/token#x",
        "ftp://sts.googleapis.com", "https://sts.googleapis.com/a b",
        "https://sts.googleapis.com/\r\nX: y"}) {
    EXPECT_FALSE(parse(changed("/token_url", url))) << url;
  }
}

TEST(ExternalAccount, OperatorAddsTokenHosts) {
  const auto text = changed("/token_url", "https://sts.corp.example:8443/v1/token");
  EXPECT_FALSE(parse(text));
  EXPECT_FALSE(parse(text, {{"sts.corp.example"}, ""}));
  EXPECT_TRUE(parse(text, {{"sts.corp.example:8443"}, ""}));
  EXPECT_FALSE(
      parse(changed("/token_url", "http://sts.corp.example/v1/token"), {{"sts.corp.example"}, ""}));
  EXPECT_TRUE(parse(changed("/token_url", "https://sts.corp.example/v1/token"),
                    {{"sts.corp.example"}, ""}));
}

TEST(ExternalAccount, ImpersonationUrl) {
  const std::string before = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/";
  const auto account = parse(changed("/service_account_impersonation_url",
                                     before + "a%40b.iam.gserviceaccount.com:generateAccessToken"));
  ASSERT_TRUE(account) << account.error().what;
  EXPECT_EQ(account->service_account_email, "a@b.iam.gserviceaccount.com");
  for (const char* rest :
       {"a@b:generateIdToken", "a@b", "@b:generateAccessToken", "a@:generateAccessToken",
        "a@b@c:generateAccessToken", "a@b/x:generateAccessToken", "a@b%2fx:generateAccessToken",
        "a@b%0d%0a:generateAccessToken", "a@b%3a:generateAccessToken",
        "a@b:generateAccessToken?x=y", "a@b:generateAccessToken#x", "../a@b:generateAccessToken",
        "a@b:generateAccessToken/", ":generateAccessToken", "a%4:generateAccessToken"}) {
    EXPECT_FALSE(parse(changed("/service_account_impersonation_url", before + rest))) << rest;
  }
  EXPECT_FALSE(parse(changed("/service_account_impersonation_url",
                             before + std::string(500, 'a') + "@b:generateAccessToken")));
}

TEST(ExternalAccount, OnlyGetCallerIdentityIsSigned) {
  const auto with = [](const std::string& url) {
    return parse(changed("/credential_source/regional_cred_verification_url", url));
  };
  const std::string query = "?Action=GetCallerIdentity&Version=2011-06-15";
  for (const char* start :
       {"https://sts.{region}.amazonaws.com", "https://sts.{region}.amazonaws.com/",
        "https://sts.{region}.amazonaws.com.cn", "https://sts.amazonaws.com",
        "https://sts.ap-northeast-1.amazonaws.com", "https://sts.us-gov-west-1.amazonaws.com"}) {
    EXPECT_TRUE(with(start + query)) << start;
  }
  for (const char* start :
       {"http://sts.{region}.amazonaws.com", "https://sts.{region}.amazonaws.com.evil.example",
        "https://{region}.amazonaws.com", "https://sts.{region}.evil.com",
        "https://sts.{region}{region}.amazonaws.com", "https://sts.{zone}.amazonaws.com",
        "https://sts.a.b.amazonaws.com", "https://x@sts.{region}.amazonaws.com",
        "https://sts.{region}.amazonaws.com:8443", "https://sts.{region}.amazonaws.com/x"}) {
    EXPECT_FALSE(with(start + query)) << start;
  }
  for (const char* other :
       {"", "?Action=GetCallerIdentity", "?Action=AssumeRole&Version=2011-06-15",
        "?Version=2011-06-15&Action=GetCallerIdentity",
        "?Action=GetCallerIdentity&Version=2011-06-15&x=y",
        "?Action=GetCallerIdentity&Version=2011-06-15#"}) {
    EXPECT_FALSE(with("https://sts.{region}.amazonaws.com" + std::string(other))) << other;
  }
}

TEST(ExternalAccount, MetadataUrlsStayOnTheMetadataHost) {
  const auto with = [](const std::string& url, const std::string& endpoint = "") {
    return parse(changed("/credential_source/region_url", url), {{}, endpoint});
  };
  EXPECT_TRUE(with("http://169.254.169.254/az"));
  EXPECT_TRUE(with("http://[fd00:ec2::254]/az"));
  EXPECT_TRUE(with("http://169.254.169.254:80/az"));
  EXPECT_TRUE(with("http://127.0.0.1:1338/az", "http://127.0.0.1:1338"));
  for (const char* url :
       {"https://169.254.169.254/az", "http://169.254.169.254:8080/az", "http://169.254.170.2/az",
        "http://x@169.254.169.254/az", "http://169.254.169.254.evil.example/az",
        "http://127.0.0.1:1338/az", "http://[fd00:ec2::23]/az", "http://2852039166/az"}) {
    EXPECT_FALSE(with(url)) << url;
  }
  EXPECT_FALSE(with("http://10.0.0.1/az", "http://127.0.0.1:1338"));
}

TEST(ExternalAccount, NullCountsAsAbsent) {
  EXPECT_TRUE(parse(changed("/quota_project_id", nullptr)));
  EXPECT_TRUE(parse(changed("/token_url", nullptr)));
  EXPECT_FALSE(parse(changed("/audience", nullptr)));
}

}  // namespace
}  // namespace wif::config
