// The list of variables that clients are told, and its way into an environment that has some.
#include "proxy/client_variables.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "proxy/child_environment.h"
#include "proxy/credential_variables.h"

namespace wif::proxy {
namespace {

ClientSettings settings() {
  ClientSettings settings;
  settings.ca_dir = "/run/wif-proxy/ca";
  settings.project = "foo-project";
  return settings;
}

std::string value_of(const std::vector<Variable>& variables, std::string_view name) {
  const auto found = std::find_if(variables.begin(), variables.end(),
                                  [name](const auto& each) { return each.name == name; });
  return found == variables.end() ? "(not set)" : found->value;
}

// Each of these is the only one that some client reads (clients.md 1).
TEST(ClientVariables, NameEveryClientsOwn) {
  const auto variables = client_variables(settings());
  const std::string bundle = "/run/wif-proxy/ca/bundle.pem";
  for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE",
                           "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
                           "HTTPLIB2_CA_CERTS", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO"}) {
    EXPECT_EQ(value_of(variables, name), bundle) << name;
  }
  EXPECT_EQ(value_of(variables, "NODE_EXTRA_CA_CERTS"), "/run/wif-proxy/ca/ca.pem");
  EXPECT_EQ(value_of(variables, "DENO_CERT"), "/run/wif-proxy/ca/ca.pem");
  EXPECT_EQ(value_of(variables, "HTTPS_PROXY"), "http://127.0.0.1:3128");
  EXPECT_EQ(value_of(variables, "https_proxy"), "http://127.0.0.1:3128");
  EXPECT_EQ(value_of(variables, "HTTP_PROXY"), "(not set)");
  for (const char* name : {"GCE_METADATA_HOST", "GCE_METADATA_ROOT", "GCE_METADATA_IP"}) {
    EXPECT_EQ(value_of(variables, name), "127.0.0.1:3130") << name;
  }
  for (const char* name : {"GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"}) {
    EXPECT_EQ(value_of(variables, name), "foo-project") << name;
  }
  EXPECT_EQ(value_of(variables, "NODE_USE_ENV_PROXY"), "1");
  EXPECT_EQ(value_of(variables, "NO_PROXY"),
            "127.0.0.1,localhost,::1,169.254.169.254,169.254.170.2,169.254.170.23,"
            "fd00:ec2::254,fd00:ec2::23,metadata.google.internal,.amazonaws.com,.internal,.svc,"
            ".cluster.local");
  EXPECT_EQ(value_of(variables, "no_proxy"), value_of(variables, "NO_PROXY"));
}

TEST(ClientVariables, JavaGetsItsProxyAndStoreWhereWanted) {
  ClientSettings java = settings();
  EXPECT_EQ(value_of(client_variables(java), "JAVA_TOOL_OPTIONS"), "(not set)");
  java.java = true;
  const std::string ours =
      "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=3128 "
      "-Dhttp.nonProxyHosts=localhost|127.*|[::1]|169.254.*|*.amazonaws.com|*.internal "
      "-Djavax.net.ssl.trustStore=/run/wif-proxy/ca/truststore.jks";
  EXPECT_EQ(value_of(client_variables(java), "JAVA_TOOL_OPTIONS"), ours);
  const auto extended = client_variables(java, {{"JAVA_TOOL_OPTIONS", "-Xmx1g"}});
  EXPECT_EQ(value_of(extended, "JAVA_TOOL_OPTIONS"), "-Xmx1g " + ours);
  const auto again = client_variables(java, {{"JAVA_TOOL_OPTIONS", "-Xmx1g " + ours}});
  EXPECT_EQ(value_of(again, "JAVA_TOOL_OPTIONS"), "-Xmx1g " + ours);
}

TEST(ClientVariables, NameOfTheMetadataHostIsNeverProxied) {
  ClientSettings compose = settings();
  compose.metadata = "wif-proxy:3130";
  EXPECT_TRUE(
      value_of(client_variables(compose), "NO_PROXY").ends_with(".cluster.local,wif-proxy"));
  compose.metadata = "[::1]:3130";
  EXPECT_TRUE(value_of(client_variables(compose), "NO_PROXY").ends_with(".cluster.local"));
}

TEST(ClientVariables, UnknownProjectIsLeftOut) {
  ClientSettings unknown = settings();
  unknown.project.clear();
  EXPECT_EQ(value_of(client_variables(unknown), "GOOGLE_CLOUD_PROJECT"), "(not set)");
  const auto present = client_variables(unknown, {{"GOOGLE_CLOUD_PROJECT", "mine"}});
  EXPECT_EQ(value_of(present, "GOOGLE_CLOUD_PROJECT"), "mine");
}

TEST(ClientVariables, PlaceholderFileStandsInForTheEmulation) {
  ClientSettings off = settings();
  off.metadata.clear();
  const auto variables = client_variables(off);
  EXPECT_EQ(value_of(variables, "GCE_METADATA_HOST"), "(not set)");
  EXPECT_EQ(value_of(variables, "GOOGLE_APPLICATION_CREDENTIALS"),
            "/run/wif-proxy/ca/placeholder-credentials.json");
}

TEST(ClientVariables, ExceptionsThatLeadRoundTheProxyAreNoticed) {
  for (const char* list : {"*", "localhost,*", ".googleapis.com", "*.googleapis.com",
                           "googleapis.com", "a, bigquery.GoogleAPIs.com", ".com"}) {
    EXPECT_TRUE(goes_round_proxy(list)) << list;
    EXPECT_EQ(warnings_about({{"no_proxy", list}}).size(), 1u) << list;
  }
  for (const char* list : {"", "localhost", "apis.com", "storage.example", "10.0.0.0/8", ","}) {
    EXPECT_FALSE(goes_round_proxy(list)) << list;
  }
  EXPECT_EQ(warnings_about({{"GOOGLE_APPLICATION_CREDENTIALS", "/x"}}).size(), 1u);
  EXPECT_TRUE(warnings_about({{"AWS_PROFILE", "x"}}).empty());
}

TEST(ChildEnvironment, EveryCredentialOfTheListsIsRemoved) {
  config::Environment own{{"PATH", "/bin"}, {"AWS_REGION", "eu-central-1"}};
  for (const auto name : aws_credential_variables()) own[std::string(name)] = "x";
  for (const auto name : google_credential_variables()) own[std::string(name)] = "x";
  const auto child = make_child_environment(own, settings(), AwsVariables::kRemove, "/gcloud");
  for (const auto name : aws_credential_variables()) {
    EXPECT_FALSE(child.variables.contains(std::string(name))) << name;
  }
  for (const auto name : google_credential_variables()) {
    EXPECT_FALSE(child.variables.contains(std::string(name))) << name;
  }
  EXPECT_EQ(child.removed.size(),
            aws_credential_variables().size() + google_credential_variables().size());
  EXPECT_TRUE(std::is_sorted(child.removed.begin(), child.removed.end()));
  EXPECT_EQ(child.variables.at("AWS_REGION"), "eu-central-1");
  EXPECT_EQ(child.variables.at("PATH"), "/bin");
  EXPECT_EQ(child.variables.at("CLOUDSDK_CONFIG"), "/gcloud");
}

TEST(ChildEnvironment, AwsMayStay) {
  const auto child = make_child_environment({{"AWS_PROFILE", "x"}, {"GOOGLE_CREDENTIALS", "y"}},
                                            settings(), AwsVariables::kKeep, "");
  EXPECT_EQ(child.variables.at("AWS_PROFILE"), "x");
  EXPECT_EQ(child.removed, std::vector<std::string>{"GOOGLE_CREDENTIALS"});
  EXPECT_FALSE(child.variables.contains("CLOUDSDK_CONFIG"));
}

// They may hold the credential file's text or a proxy's password.
TEST(ChildEnvironment, OurOwnOptionsStayHere) {
  const auto child =
      make_child_environment({{"WIF_PROXY_CREDENTIALS_JSON", "{}"}, {"WIF_PROXY_LISTEN", "x"}},
                             settings(), AwsVariables::kRemove, "");
  EXPECT_FALSE(child.variables.contains("WIF_PROXY_CREDENTIALS_JSON"));
  EXPECT_FALSE(child.variables.contains("WIF_PROXY_LISTEN"));
}

}  // namespace
}  // namespace wif::proxy
