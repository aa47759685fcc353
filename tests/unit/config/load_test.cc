// From flags, environment and file to a Config: precedence, defaults and mistakes.
#include "config/load.h"

#include <fstream>
#include <sstream>

#include "loading.h"

namespace wif::config {
namespace {

using namespace std::chrono_literals;

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST_F(Loading, CredentialsAloneGiveASidecar) {
  sources.environment.clear();
  flags({"--credentials", vector_path("ec2-imdsv2")});
  const Config config = good();
  ASSERT_EQ(config.listen.proxy.size(), 1u);
  EXPECT_EQ(config.listen.proxy[0].to_string(), "127.0.0.1:3128");
  EXPECT_EQ(config.listen.metadata->to_string(), "127.0.0.1:3130");
  EXPECT_EQ(config.listen.admin->to_string(), "127.0.0.1:3131");
  EXPECT_EQ(config.threads, 4u);
  ASSERT_EQ(config.identities.count("default"), 1u);
  const Identity& identity = config.identities.at("default");
  EXPECT_EQ(identity.name, "default");
  EXPECT_EQ(identity.project_id, "foo-project");
  EXPECT_EQ(identity.account->service_account_email,
            "access-from-aws@foo-project.iam.gserviceaccount.com");
  EXPECT_FALSE(config.rules_given);
  ASSERT_EQ(config.rules.size(), 2u);
  EXPECT_TRUE(config.warnings.empty());
  EXPECT_TRUE(config.file.empty());
}

// `env` prints addresses and paths; no identity is needed for that.
TEST_F(Loading, CredentialsMayBeMissingWhereNobodyNeedsThem) {
  sources.environment.clear();
  sources.needs_credentials = false;
  variable("GOOGLE_CLOUD_PROJECT", "foo-project");
  EXPECT_EQ(good().identities.at("default").project_id, "foo-project");
  variable("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/file");
  EXPECT_EQ(good().identities.at("default").project_id, "foo-project");
}

TEST_F(Loading, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
  EXPECT_EQ(good().limits.max_connections, 4096u);
  EXPECT_EQ(good().log.level, LogOptions::Level::kInfo);
  file(R"("threads": 2, "log": {"level": "warn"}, "drain": {"max": "7s"})");
  EXPECT_EQ(good().threads, 2u);
  EXPECT_EQ(good().log.level, LogOptions::Level::kWarn);
  EXPECT_EQ(good().drain.max, 7s);
  variable("WIF_PROXY_THREADS", "3");
  variable("WIF_PROXY_LOG_LEVEL", "error");
  EXPECT_EQ(good().threads, 3u);
  EXPECT_EQ(good().log.level, LogOptions::Level::kError);
  EXPECT_EQ(good().drain.max, 7s);
  flags({"--threads=1", "--log-level", "debug"});
  EXPECT_EQ(good().threads, 1u);
  EXPECT_EQ(good().log.level, LogOptions::Level::kDebug);
}

TEST_F(Loading, ListsAreReplacedNotJoined) {
  file(R"("listen": {"proxy": ["127.0.0.1:1", "127.0.0.1:2"]})");
  EXPECT_EQ(good().listen.proxy.size(), 2u);
  variable("WIF_PROXY_LISTEN", "127.0.0.1:3, [::1]:4,127.0.0.1:5");
  ASSERT_EQ(good().listen.proxy.size(), 3u);
  EXPECT_EQ(good().listen.proxy[1].to_string(), "[::1]:4");
  flags({"--listen", "127.0.0.1:6"});
  ASSERT_EQ(good().listen.proxy.size(), 1u);
  flags({"--listen", "127.0.0.1:6", "--listen=127.0.0.1:7"});
  EXPECT_EQ(good().listen.proxy.size(), 2u);
}

TEST_F(Loading, EmptyVariableCountsAsNotSet) {
  variable("WIF_PROXY_THREADS", "");
  variable("WIF_PROXY_CREDENTIALS", "");
  EXPECT_EQ(good().threads, 4u);
}

TEST_F(Loading, CommentsAndTrailingCommasAreAllowed) {
  file(R"(
    // where clients connect
    "listen": {"proxy": "127.0.0.1:8080", /* not on the host */ "admin": null,},
    "rules": [
      {"hosts": ["bigquery.googleapis.com",], "action": "inject",}, // one
    ],
  )");
  EXPECT_EQ(good().listen.proxy[0].port, 8080);
  EXPECT_FALSE(good().listen.admin);
  EXPECT_EQ(good().rules.size(), 1u);
}

TEST_F(Loading, ExampleOfTheManualLoads) {
  file(R"("$schema": "config.schema.json",
    "listen": {"proxy": "127.0.0.1:3128", "metadata": "127.0.0.1:3130", "admin": "127.0.0.1:3131"},
    "identities": {"default": {"credentials": ")" +
       vector_path("ec2-imdsv1") + R"(",
                               "aws_source": "auto", "project_id": null}},
    "rules": [{"hosts": ["*.googleapis.com"], "action": "inject", "identity": "default"},
              {"hosts": ["*"], "action": "tunnel"}],
    "clients": {"allow_cidrs": ["127.0.0.0/8", "::1/128"]},
    "ca": {"state_dir": "", "leaf_lifetime": "24h"},
    "limits": {"max_connections": 4096, "response_timeout": "600s"},
    "drain": {"min": "0s", "max": "25s"},
    "log": {"level": "info", "format": "auto", "path": false})");
  const Config config = good();
  EXPECT_TRUE(config.rules_given);
  EXPECT_EQ(config.rules[1].ports, std::vector<std::uint16_t>{443});
  EXPECT_EQ(config.ca.leaf_lifetime, 24h);
}

TEST_F(Loading, UnknownKeysAreErrorsWithPositionAndNearestName) {
  file(R"("lisen": {"proxy": "127.0.0.1:1"})");
  refused(78, sources.default_file + ":2:1: lisen: unknown key (did you mean \"listen\"?)");
  file(R"("listen": {"prxy": "127.0.0.1:1"})");
  refused(78, ":2:12: listen.prxy: unknown key (did you mean \"proxy\"?)");
  file(R"("limits": {"max_connection": 1})");
  refused(78, "did you mean \"max_connections\"?");
  file(R"("rules": [{"hosts": ["a.b"], "acton": "deny"}])");
  refused(78, "rules[0].acton: unknown key (did you mean \"action\"?)");
  file(R"("identities": {"default": {"credential": "x"}})");
  refused(78, "identities.default.credential: unknown key (did you mean \"credentials\"?)");
}

TEST_F(Loading, KeysOfFeaturesThatDoNotExistAreUnknown) {
  for (const char* members :
       {R"("listen": {"socks": "127.0.0.1:1"})", R"("upstream": {"no_proxy": []})",
        R"("clients": {"auth": "basic"})", R"("clients": {"mtls_ca": "x"})",
        R"("clients": {"proxy_protocol_cidrs": []})",
        R"("rules": [{"hosts": ["a.b"], "action": "inject", "token": "id"}])",
        R"("rules": [{"hosts": ["a.b"], "action": "inject", "websocket": true}])",
        R"("rules": [{"hosts": ["a.b"], "action": "inject", "scopes": []}])",
        R"("limits": {"max_pipelined_requests": 1})"}) {
    file(members);
    refused(78, "unknown key");
  }
}

TEST_F(Loading, WrongTypesAreErrors) {
  for (const char* members : {R"("threads": "2")",
                              R"("threads": 1.5)",
                              R"("threads": -1)",
                              R"("threads": 0)",
                              R"("drain": {"max": 25})",
                              R"("drain": {"max": "25"})",
                              R"("drain": 1)",
                              R"("log": {"level": "loud"})",
                              R"("log": {"path": "yes"})",
                              R"("log": [])",
                              R"("listen": {"proxy": []})",
                              R"("listen": {"proxy": 3128})",
                              R"("clients": {"allow_cidrs": "10.0.0.0/8"})",
                              R"("clients": {"allow_cidrs": [1]})",
                              R"("clients": {"allow_cidrs": []})",
                              R"("rules": {})",
                              R"("rules": [1])",
                              R"("identities": {})",
                              R"("identities": {"A_b": {"token_file": "/x"}})",
                              R"("identities": {"default": "x"})",
                              R"("limits": {"max_connections": "1"})",
                              R"("limits": {"max_connections": 0})",
                              R"("limits": {"token_wait": 10})",
                              R"("limits": {"dns_timeout": "0s"})",
                              R"("limits": {"max_connections": 99999999999})",
                              R"("default_action": "inject")",
                              R"("drain": {"min": "30s"})",
                              R"("ca": {"leaf_lifetime": "192h"})",
                              R"("ca": {"lifetime": "20000h"})",
                              R"("ca": {"cert": "/x"})",
                              R"("ca": {"name_constraints": ["*.a.b"]})",
                              R"("ca": {"allow_unconstrained": true})",
                              R"("imds": {"endpoint": "https://x.y"})",
                              R"("upstream": {"connect_to": ["a:443"]})",
                              R"("upstream": {"allow_addresses": ["10.0.0.1"]})",
                              R"("limits": {"max_field_bytes": 131072})"}) {
    file(members);
    refused(78, "config.json");
  }
}

TEST_F(Loading, DuplicateKeysAreErrors) {
  file(R"("threads": 1, "threads": 2)");
  refused(78, ":2:15: threads: found it twice");
}

TEST_F(Loading, BrokenJsonNamesThePlace) {
  file("\"threads\": ,");
  refused(78, "config.json:2:12: not valid JSON");
}

TEST_F(Loading, VersionIsRequired) {
  sources.default_file = folder.write("config.json", "{}");
  refused(78, "\"version\": 1");
  sources.default_file = folder.write("config.json", "{\"version\": 2}");
  refused(78, "version: found 2");
}

TEST_F(Loading, EveryMistakeIsALine) {
  file(R"("threads": 0,
    "lisen": 1,
    "log": {"level": 1})");
  variable("WIF_PROXY_DRAIN_MAX", "soon");
  const auto error = bad();
  EXPECT_EQ(error.exit_code, 78);
  for (const char* piece : {"threads", "lisen", "log.level", "WIF_PROXY_DRAIN_MAX: "}) {
    EXPECT_NE(error.message.find(piece), std::string::npos) << error.message;
  }
  EXPECT_EQ(std::count(error.message.begin(), error.message.end(), '\n'), 3);
}

TEST_F(Loading, WrongFlagValueIsUsageUnlessTheConfigurationIsWrongToo) {
  flags({"--threads=many"});
  refused(2, "--threads: found \"many\"");
  file("\"threads\": 0");
  refused(78, "--threads: found \"many\"");
}

TEST_F(Loading, FileIsFoundByFlagEnvironmentAndPath) {
  const auto other = folder.write("other.json", R"({"version": 1, "threads": 3})");
  file("\"threads\": 2");
  EXPECT_EQ(good().threads, 2u);
  EXPECT_EQ(good().file, sources.default_file);
  variable("WIF_PROXY_CONFIG", other);
  EXPECT_EQ(good().threads, 3u);
  flags({"-c", sources.default_file});
  EXPECT_EQ(good().threads, 2u);
  flags({"--config", folder.path() + "/missing.json"});
  refused(78, "missing.json: No such file");
  flags({});
  sources.environment.erase("WIF_PROXY_CONFIG");
  variable("WIF_PROXY_CONFIG_JSON", R"({"version": 1, "threads": 1})");
  EXPECT_EQ(good().threads, 1u);
  variable("WIF_PROXY_CONFIG_JSON", R"({"version": 1, "thread": 1})");
  refused(78, "WIF_PROXY_CONFIG_JSON:1:16: thread: unknown key");
  variable("WIF_PROXY_CONFIG", other);
  refused(78, "keep one");
}

TEST_F(Loading, NoCredentialsSaysWhatToGive) {
  sources.environment.clear();
  refused(78, "--credentials FILE");
}

TEST_F(Loading, CredentialsComeInline) {
  const auto text = text_of(vector_path("eks-oidc-file"));
  variable("WIF_PROXY_CREDENTIALS_JSON", text);
  EXPECT_EQ(good().identities.at("default").account->source, ExternalAccount::SourceKind::kFile);
  sources.environment.clear();
  file("\"identities\": {\"default\": {\"credentials\": " + text + "}}");
  EXPECT_EQ(good().identities.at("default").account->source, ExternalAccount::SourceKind::kFile);
  flags({"--credentials", text});
  refused(2, "WIF_PROXY_CREDENTIALS_JSON");
}

TEST_F(Loading, WrongCredentialsNameFileAndKey) {
  const auto path = folder.write("key.json", R"({"type": "service_account"})");
  flags({"--credentials", path});
  refused(78, path + ": type: found \"service_account\"");
  flags({"--credentials", "/nonexistent/credential.json"});
  refused(78, "cannot read /nonexistent/credential.json: No such file or directory");
}

TEST_F(Loading, TokenFileReplacesWeakerCredentials) {
  file("\"identities\": {\"default\": {\"credentials\": \"" + vector_path("ec2-imdsv2") + "\"}}");
  flags({"--token-file", "/run/token"});
  const Config config = good();
  EXPECT_EQ(config.identities.at("default").token_file, "/run/token");
  EXPECT_FALSE(config.identities.at("default").account);
  flags({"--token-file", "/run/token", "--credentials", vector_path("ec2-imdsv2")});
  refused(2, "found both credentials and token_file");
  file(R"("identities": {"default": {"credentials": "/x", "token_file": "/y"}})");
  flags({});
  refused(78, "found both credentials and token_file");
}

TEST_F(Loading, IdentitySettings) {
  file("\"identities\": {\"default\": {\"credentials\": \"" + vector_path("aws-lifetime-quota") +
       R"(", "aws_source": "container", "aws_region": "ap-northeast-1", "sts_scope": "s",
       "delegates": ["a@b.iam.gserviceaccount.com"], "scopes": ["x", "y"]},
       "prod-2": {"token_file": "/run/token", "project_id": "prod"}})");
  Config config = good();
  const Identity& identity = config.identities.at("default");
  EXPECT_EQ(identity.aws_source, AwsSource::kContainer);
  EXPECT_EQ(identity.aws_region, "ap-northeast-1");
  EXPECT_EQ(identity.scopes, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(identity.delegates.size(), 1u);
  EXPECT_EQ(identity.token_lifetime, 2800s);
  EXPECT_EQ(identity.quota_project, "billing-project");
  EXPECT_EQ(config.identities.at("prod-2").token_file, "/run/token");
  EXPECT_EQ(config.identities.at("prod-2").project_id, "prod");
  variable("GOOGLE_CLOUD_QUOTA_PROJECT", "other");
  flags({"--token-lifetime", "900s", "--service-account", "z@p2.iam.gserviceaccount.com"});
  config = good();
  EXPECT_EQ(config.identities.at("default").quota_project, "other");
  EXPECT_EQ(config.identities.at("default").token_lifetime, 900s);
  EXPECT_EQ(config.identities.at("default").project_id, "p2");
  flags({"--token-lifetime", "43201s"});
  refused(2, "--token-lifetime");
}

TEST_F(Loading, AmbientVariablesDoNotMakeAnIdentity) {
  file(R"("identities": {"prod": {"token_file": "/t"}},
          "rules": [{"hosts": ["a.b"], "action": "inject", "identity": "prod"}])");
  variable("GOOGLE_CLOUD_PROJECT", "p");
  sources.environment.erase("GOOGLE_APPLICATION_CREDENTIALS");
  EXPECT_EQ(good().identities.size(), 1u);
}

TEST_F(Loading, SettingsWithoutEffectAreWarnedOf) {
  flags({"--token-file", "/t", "--service-account", "a@b.iam.gserviceaccount.com"});
  const Config config = good();
  ASSERT_EQ(config.warnings.size(), 1u);
  EXPECT_NE(config.warnings[0].find("identities.default.service_account has no effect"),
            std::string::npos);
}

TEST_F(Loading, NearlyKnownVariableIsWarnedOf) {
  variable("WIF_PROXY_THREDS", "1");
  variable("WIF_PROXY_PORT_3128_TCP", "tcp://10.0.0.1:3128");  // Kubernetes sets these
  variable("WIF_PROXY_SERVICE_HOST", "10.0.0.1");
  const Config config = good();
  ASSERT_EQ(config.warnings.size(), 1u);
  EXPECT_NE(config.warnings[0].find("WIF_PROXY_THREADS"), std::string::npos);
}

TEST_F(Loading, WritableCredentialFileIsWarnedOf) {
  const auto path = folder.write("credential.json", text_of(vector_path("ec2-imdsv2")));
  std::filesystem::permissions(path, std::filesystem::perms(0666));
  flags({"--credentials", path});
  ASSERT_EQ(good().warnings.size(), 1u);
  EXPECT_NE(good().warnings[0].find("chmod go-w"), std::string::npos);
}

TEST_F(Loading, AwsVariables) {
  variable("AWS_EC2_METADATA_V1_DISABLED", "true");
  variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1338/");
  EXPECT_FALSE(good().imds.v1);
  EXPECT_TRUE(good().imds.v2);
  EXPECT_EQ(good().imds.endpoint, "http://127.0.0.1:1338");
  variable("STATE_DIRECTORY", "/var/lib/wif-proxy:/var/lib/other");
  EXPECT_EQ(good().ca.state_dir, "/var/lib/wif-proxy");
}

TEST_F(Loading, NegatedFlags) {
  flags({"--no-imds-v1", "--ready-without-token", "--no-diagnostic-header", "--no-access-log"});
  const Config config = good();
  EXPECT_FALSE(config.imds.v1);
  EXPECT_FALSE(config.ready_requires_token);
  EXPECT_FALSE(config.diagnostic_header);
  EXPECT_FALSE(config.log.access);
  file(R"("imds": {"v1": false}, "listen": {"unsafe": true})");
  flags({"--no-imds-v1=false", "--unsafe-listen=false"});
  EXPECT_TRUE(good().imds.v1);
  EXPECT_FALSE(good().listen.unsafe);
}

TEST_F(Loading, ConnectToAndAddresses) {
  flags({"--connect-to", "sts.googleapis.com:443:127.0.0.1:40104", "--connect-to", "::[::1]:1",
         "--allow-address", "10.0.0.0/8:443", "--private-addresses", "deny"});
  const Config config = good();
  ASSERT_EQ(config.upstream.connect_to.size(), 2u);
  EXPECT_EQ(config.upstream.connect_to[0].host, "sts.googleapis.com");
  EXPECT_EQ(config.upstream.connect_to[0].to_port, 40104);
  EXPECT_EQ(config.upstream.connect_to[1].host, "");
  EXPECT_EQ(config.upstream.connect_to[1].port, 0);
  EXPECT_EQ(config.upstream.connect_to[1].to_host, "::1");
  EXPECT_EQ(config.upstream.private_addresses, PrivateAddresses::kDeny);
  for (const char* text : {"a:443:169.254.169.254:80", "a:443:[fd00:ec2::254]:80", "a:b:c:d",
                           "a:1:b", "a:1:b:0", "a:1::2", "a:1:b:2:3", "[::1:1:b:2"}) {
    flags({"--connect-to", text});
    refused(2, "--connect-to");
  }
}

}  // namespace
}  // namespace wif::config
