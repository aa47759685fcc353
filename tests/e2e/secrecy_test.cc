// Nothing that the workload can see holds a secret (P2, P6).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tests/support/curl.h"
#include "tests/support/secrets.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

class Secrecy : public testing::Test {
 protected:
  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
};

// The check itself has to be able to fail: a token, a JWT and AWS keys are found where they are.
TEST_F(Secrecy, FinderFindsSecrets) {
  const std::string token = cloud.world().issued_tokens().front();
  EXPECT_NE(find_secret(cloud, {}, "x" + token + "y"), "");
  EXPECT_NE(find_secret(cloud, {}, cloud.make_ksa_token("default", "x")), "");
  const auto keys = cloud.world().assume_role("access2bq", "me");
  EXPECT_NE(find_secret(cloud, {{"AWS_SECRET_ACCESS_KEY", keys.secret_access_key}},
                        "k=" + keys.secret_access_key),
            "");
  EXPECT_EQ(find_secret(cloud, {}, "nothing"), "");
}

// Everything that a client gets by any of our doors.
TEST_F(Secrecy, NothingThatClientsGetHoldsASecret) {
  std::string seen;
  const auto add = [&seen](const CurlAnswer& answer) {
    seen += answer.heads + answer.body + answer.error;
  };
  for (const char* path : {"/", "/trailers", "/fields?A=b", "/status/401", "/status/500"}) {
    add(curl(proxy, {"-v", echo_url(path)}));
  }
  add(curl(proxy, {"-v", "-X", "TRACE", echo_url("/")}));
  add(curl(proxy, {"-v", "-X", "OPTIONS", "-H", "Max-Forwards: 0", echo_url("/")}));
  add(curl(proxy, {"-v", "-I", echo_url("/")}));
  add(curl(proxy, {"-v", std::string(kBigQuery) + "/datasets"}));
  add(curl(proxy, {"-v", "https://sts.googleapis.com/v1/token"}));
  for (const char* path : {"token", "identity?audience=a", "?recursive=true&alt=json"}) {
    add(curl_direct({"-H", "Metadata-Flavor: Google",
                     "http://" + proxy.metadata() +
                         "/computeMetadata/v1/instance/service-accounts/default/" + path}));
  }
  for (const char* path : {"/", "/status", "/metrics", "/readyz", "/healthz"}) {
    add(curl_direct({"http://" + proxy.admin() + path}));
  }
  seen += read_file(proxy.ca_file()) + read_file(proxy.bundle_file());
  seen += read_file("/proc/" + std::to_string(proxy.pid()) + "/cmdline");
  EXPECT_GT(seen.size(), 100'000u);
  EXPECT_EQ(find_secret(cloud, {}, seen), "");
}

// An upstream that sends our own token back must not hand it to the client by way of an error; the
// sandbox says whose token it was instead, so here only our own texts could leak.
TEST_F(Secrecy, FailuresNameNoToken) {
  cloud.world().revoke_all_tokens();
  sandbox::Failure down;
  down.count = 0;
  cloud.failures().add("iam_credentials", down);
  const CurlAnswer answer = curl(proxy, {"-v", echo_url("/")});
  EXPECT_EQ(answer.status, 401) << "the refusal is passed on where no new token is to be had";
  EXPECT_EQ(find_secret(cloud, {}, answer.body + answer.heads + answer.error), "");
}

// A workload of the same user must not read the proxy's memory or environment.
TEST_F(Secrecy, MemoryIsClosedToTheSameUser) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads every process's memory";
  for (const char* name : {"mem", "environ", "maps"}) {
    const std::string file = "/proc/" + std::to_string(proxy.pid()) + "/" + name;
    const int descriptor = ::open(file.c_str(), O_RDONLY);
    EXPECT_LT(descriptor, 0) << file << " can be opened";
    if (descriptor >= 0) ::close(descriptor);
    EXPECT_EQ(errno, EACCES) << std::strerror(errno);
  }
}

// What keeps it so, visible to root as well: no core dumps, no new privileges.
TEST_F(Secrecy, ProcessIsHardened) {
  const std::string process = "/proc/" + std::to_string(proxy.pid());
  const std::string limits = read_file(process + "/limits");
  const std::size_t core = limits.find("Max core file size");
  ASSERT_NE(core, std::string::npos);
  const std::string line = limits.substr(core, limits.find('\n', core) - core);
  EXPECT_EQ(line.find("unlimited"), std::string::npos) << line;
  EXPECT_NE(line.find(" 0 "), std::string::npos) << line;
  EXPECT_NE(read_file(process + "/status").find("NoNewPrivs:\t1"), std::string::npos);
}

}  // namespace
}  // namespace wif::test
