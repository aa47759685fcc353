// `wif-proxy env`: a shell that takes what it prints reaches Google through the running proxy.
#include <gtest/gtest.h>

#include "tests/support/json.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

class Env : public testing::Test {
 protected:
  static Outcome env(std::vector<std::string> arguments, const Environment& variables = {}) {
    arguments.insert(arguments.begin(), {WIF_PROXY_BINARY, "env"});
    return run(arguments, variables);
  }
  static void expect_has(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
  }

  sandbox::Cloud cloud;
};

TEST_F(Env, ShellReachesGoogleThroughTheRunningProxy) {
  auto proxy = TestProxy(cloud).ec2().start();
  const std::string script = std::string("eval \"$(") + WIF_PROXY_BINARY + " env --url http://" +
                             proxy.admin() + ")\"; curl -sS " + std::string(kBigQuery) +
                             "/datasets; echo; echo $CLOUDSDK_CORE_PROJECT; eval \"$(" +
                             WIF_PROXY_BINARY + " env --unset --url http://" + proxy.admin() +
                             ")\"; env | grep -ciE 'proxy=|GCE_|_CA_' ";
  const Outcome outcome = run({"sh", "-c", script});
  expect_has(outcome.out, "hoge_dataset");
  EXPECT_TRUE(outcome.out.ends_with("\nfoo-project\n0\n")) << outcome.out;
  EXPECT_EQ(outcome.err, "");
}

// The documented block (clients.md 5), as it is without anything configured.
TEST_F(Env, DefaultsNeedNoCredentialAndNoProxy) {
  const Outcome outcome =
      env({"--listen-admin", "off", "--ca-dir", "/run/wif-proxy/ca", "--project", "foo-project"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "# wif-proxy client environment; eval \"$(wif-proxy env)\"\n"
            "export HTTPS_PROXY='http://127.0.0.1:3128'\n"
            "export https_proxy='http://127.0.0.1:3128'\n"
            "export NO_PROXY='127.0.0.1,localhost,::1,169.254.169.254,169.254.170.2,"
            "169.254.170.23,fd00:ec2::254,fd00:ec2::23,metadata.google.internal,.amazonaws.com,"
            ".internal,.svc,.cluster.local'\n"
            "export no_proxy='127.0.0.1,localhost,::1,169.254.169.254,169.254.170.2,"
            "169.254.170.23,fd00:ec2::254,fd00:ec2::23,metadata.google.internal,.amazonaws.com,"
            ".internal,.svc,.cluster.local'\n"
            "export GCE_METADATA_HOST='127.0.0.1:3130'\n"
            "export GCE_METADATA_ROOT='127.0.0.1:3130'\n"
            "export GCE_METADATA_IP='127.0.0.1:3130'\n"
            "export GOOGLE_CLOUD_PROJECT='foo-project'\n"
            "export CLOUDSDK_CORE_PROJECT='foo-project'\n"
            "export SSL_CERT_FILE='/run/wif-proxy/ca/bundle.pem'\n"
            "export CURL_CA_BUNDLE='/run/wif-proxy/ca/bundle.pem'\n"
            "export REQUESTS_CA_BUNDLE='/run/wif-proxy/ca/bundle.pem'\n"
            "export CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE='/run/wif-proxy/ca/bundle.pem'\n"
            "export GRPC_DEFAULT_SSL_ROOTS_FILE_PATH='/run/wif-proxy/ca/bundle.pem'\n"
            "export HTTPLIB2_CA_CERTS='/run/wif-proxy/ca/bundle.pem'\n"
            "export AWS_CA_BUNDLE='/run/wif-proxy/ca/bundle.pem'\n"
            "export GIT_SSL_CAINFO='/run/wif-proxy/ca/bundle.pem'\n"
            "export NODE_EXTRA_CA_CERTS='/run/wif-proxy/ca/ca.pem'\n"
            "export DENO_CERT='/run/wif-proxy/ca/ca.pem'\n"
            "export NODE_USE_ENV_PROXY='1'\n");
}

// Made beside the image, for another place (deployment.md a).
TEST_F(Env, AddressesOfAnotherPlace) {
  const Outcome outcome =
      env({"--format=docker", "--proxy=http://wif-proxy:3128", "--metadata=wif-proxy:3130",
           "--ca-dir=/ca", "--java", "--listen-admin=off"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_has(outcome.out, "HTTPS_PROXY=http://wif-proxy:3128\n");
  expect_has(outcome.out, "GCE_METADATA_ROOT=wif-proxy:3130\n");
  expect_has(outcome.out, ".cluster.local,wif-proxy\n");
  expect_has(outcome.out, "JAVA_TOOL_OPTIONS=-Dhttps.proxyHost=wif-proxy -Dhttps.proxyPort=3128 ");
  expect_has(outcome.out, "trustStore=/ca/truststore.jks\n");
}

TEST_F(Env, EveryFormatHasAllVariables) {
  for (const char* format :
       {"sh", "fish", "powershell", "docker", "systemd", "ecs", "k8s", "json"}) {
    SCOPED_TRACE(format);
    const Outcome outcome = env({"--listen-admin=off", "--format", format});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    for (const char* name : {"https_proxy", "no_proxy", "GCE_METADATA_IP", "NODE_EXTRA_CA_CERTS"}) {
      expect_has(outcome.out, name);
    }
  }
  EXPECT_EQ(json_at(env({"--listen-admin=off", "--format=ecs"}).out, "/0/name"), "HTTPS_PROXY");
}

TEST_F(Env, WarnsAboutWhatWinsOverIt) {
  const Environment present{{"GOOGLE_APPLICATION_CREDENTIALS", "/key.json"}, {"NO_PROXY", "*"}};
  const Outcome outcome = env({"--listen-admin=off", "--project=p"}, present);
  expect_has(outcome.err, "GOOGLE_APPLICATION_CREDENTIALS is set");
  expect_has(outcome.err, "NO_PROXY covers googleapis.com");
  expect_has(outcome.out, "NO_PROXY='*,127.0.0.1,");
  EXPECT_EQ(env({"--listen-admin=off", "--project=p", "-q"}, present).err, "");
}

TEST_F(Env, MistakesAreNamed) {
  EXPECT_EQ(env({"--format=bash"}).exit_code, 2);
  expect_has(env({"--format=bash"}).err, "powershell");
  EXPECT_EQ(env({"--format=k8s", "--unset"}).exit_code, 2);
  EXPECT_EQ(env({"--proxy=nowhere"}).exit_code, 2);
  EXPECT_EQ(env({"--url=http://127.0.0.1:1"}).exit_code, 1);
  expect_has(env({"--listen=127.0.0.1:0", "--listen-admin=off"}).err, "--proxy HOST:PORT");
}

}  // namespace
}  // namespace wif::test
