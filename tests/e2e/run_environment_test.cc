// What the command of `run` finds in its environment, and what it does not.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/json.h"
#include "tests/support/run_command.h"
#include "tests/support/temporary_folder.h"

namespace wif::test {
namespace {

// experience.md, section 2.
constexpr const char* kCredentials[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_SECURITY_TOKEN",
                                        "AWS_PROFILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_CONFIG_FILE",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_ROLE_ARN",
                                        "GOOGLE_APPLICATION_CREDENTIALS",
                                        "GOOGLE_OAUTH_ACCESS_TOKEN",
                                        "CLOUDSDK_AUTH_ACCESS_TOKEN",
                                        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
                                        "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"};

class RunEnvironment : public testing::Test {
 protected:
  // The variables that the command sees.
  Environment variables() {
    const Outcome outcome = behind({"env", "-0"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    said = outcome.err;
    Environment seen;
    std::istringstream entries(outcome.out);
    for (std::string entry; std::getline(entries, entry, '\0');) {
      const auto equals = entry.find('=');
      seen[entry.substr(0, equals)] = entry.substr(equals + 1);
    }
    return seen;
  }

  sandbox::Cloud cloud;
  RunCommand behind{cloud};
  std::string said;
};

TEST_F(RunEnvironment, HoldsWhatEveryClientNeeds) {
  Environment seen = variables();
  const std::string proxy = seen["HTTPS_PROXY"];
  EXPECT_TRUE(proxy.starts_with("http://127.0.0.1:")) << proxy;
  EXPECT_EQ(seen["https_proxy"], proxy);
  EXPECT_EQ(seen.count("HTTP_PROXY"), 0u);
  EXPECT_TRUE(seen["GCE_METADATA_HOST"].starts_with("127.0.0.1:"));
  EXPECT_EQ(seen["GCE_METADATA_IP"], seen["GCE_METADATA_HOST"]);
  EXPECT_EQ(seen["GCE_METADATA_ROOT"], seen["GCE_METADATA_HOST"]);
  EXPECT_EQ(seen["GOOGLE_CLOUD_PROJECT"], "foo-project");
  EXPECT_EQ(seen["CLOUDSDK_CORE_PROJECT"], "foo-project");
  EXPECT_TRUE(seen["CURL_CA_BUNDLE"].starts_with(behind.temporary().string()));
  EXPECT_TRUE(seen["CURL_CA_BUNDLE"].ends_with("/ca/bundle.pem"));
  EXPECT_TRUE(seen["NODE_EXTRA_CA_CERTS"].ends_with("/ca/ca.pem"));
  EXPECT_EQ(seen.count("JAVA_TOOL_OPTIONS"), 0u) << "every JVM would say so on stderr";
  EXPECT_TRUE(seen["CLOUDSDK_CONFIG"].starts_with(behind.temporary().string()));
  EXPECT_EQ(seen["HOME"], behind.environment()["HOME"]);
}

TEST_F(RunEnvironment, HoldsNoCredential) {
  for (const char* name : kCredentials) {
    // The proxy itself takes them for what they are, so those that it would use are empty.
    const bool used = std::string(name).starts_with("AWS_");
    if (!used) behind.environment(name, "/no/such/credential");
  }
  behind.environment("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE0EXAMPLE0")
      .environment("AWS_SECRET_ACCESS_KEY", "example")
      .environment("AWS_CONFIG_FILE", "/no/such/config")
      .environment("WIF_PROXY_AWS_SOURCE", "imds")
      .environment("CLOUDSDK_PROXY_ADDRESS", "elsewhere")
      .environment("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "/no/such/roots");
  const Environment seen = variables();
  for (const char* name : kCredentials) EXPECT_EQ(seen.count(name), 0u) << name;
  EXPECT_EQ(seen.count("WIF_PROXY_AWS_SOURCE"), 0u);
  EXPECT_EQ(seen.count("CLOUDSDK_PROXY_ADDRESS"), 0u);
  EXPECT_NE(seen.at("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"), "/no/such/roots");
  EXPECT_NE(said.find("\nwif-proxy: not passed on to the command: AWS_ACCESS_KEY_ID "
                      "AWS_CONFIG_FILE AWS_SECRET_ACCESS_KEY CLOUDSDK_AUTH_ACCESS_TOKEN "),
            std::string::npos)
      << said;
  behind.flag("-q");
  variables();
  EXPECT_EQ(said, "");
}

TEST_F(RunEnvironment, AwsStaysForCommandsThatUseItToo) {
  behind.environment("AWS_PROFILE", "mine").environment("WIF_PROXY_AWS_SOURCE", "imds");
  behind.flag("--keep-aws");
  EXPECT_EQ(variables()["AWS_PROFILE"], "mine");
  EXPECT_EQ(said.find("not passed on"), std::string::npos);
}

TEST_F(RunEnvironment, GcloudConfigurationStaysWhereWanted) {
  behind.environment("CLOUDSDK_CONFIG", "/my/gcloud").flag("--keep-gcloud-config");
  EXPECT_EQ(variables()["CLOUDSDK_CONFIG"], "/my/gcloud");
}

TEST_F(RunEnvironment, ExistingExceptionsAndProjectAreKept) {
  behind.environment("NO_PROXY", "intern.example, 10.0.0.1")
      .environment("no_proxy", "other.example,localhost")
      .environment("CLOUDSDK_CORE_PROJECT", "mine")
      .environment("JAVA_TOOL_OPTIONS", "-Xmx1g");
  Environment seen = variables();
  EXPECT_TRUE(
      seen["NO_PROXY"].starts_with("intern.example,10.0.0.1,other.example,localhost,127.0.0.1,"))
      << seen["NO_PROXY"];
  EXPECT_EQ(seen["no_proxy"], seen["NO_PROXY"]);
  EXPECT_EQ(seen["CLOUDSDK_CORE_PROJECT"], "mine");
  EXPECT_EQ(seen["JAVA_TOOL_OPTIONS"], "-Xmx1g");
  behind.flag("--java-truststore");
  EXPECT_TRUE(variables()["JAVA_TOOL_OPTIONS"].starts_with("-Xmx1g -Dhttps.proxyHost=127.0.0.1 "));
}

TEST_F(RunEnvironment, ExceptionThatLeadsRoundTheProxyIsNamed) {
  behind.environment("no_proxy", ".googleapis.com");
  variables();
  EXPECT_NE(said.find("NO_PROXY covers googleapis.com"), std::string::npos) << said;
}

// Where no second port may be opened, a credential file without a credential takes its place.
TEST_F(RunEnvironment, PlaceholderFileStandsInForTheEmulation) {
  behind.flag("--listen-metadata", "off");
  const Outcome outcome = behind({"sh", "-c", "cat \"$GOOGLE_APPLICATION_CREDENTIALS\""});
  EXPECT_EQ(json_at(outcome.out, "/refresh_token"), "wif-proxy-placeholder-refresh");
  EXPECT_EQ(json_at(outcome.out, "/type"), "authorized_user");
  EXPECT_EQ(variables().count("GCE_METADATA_HOST"), 0u);
  EXPECT_EQ(said.find("wins over"), std::string::npos) << said;
}

}  // namespace
}  // namespace wif::test
