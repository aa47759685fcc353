// The two ways of docs/transparent.md to bring a client to the transparent listener, tried with the
// page's own text in a network namespace.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "tests/support/apart.h"
#include "tests/support/command.h"
#include "tests/support/json.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

// Where Google's APIs are in the namespace. Not on loopback, so that the redirect would catch the
// proxy's own connections too.
const std::string kApis = "10.9.8.7";

void must_run(const std::vector<std::string>& words) {
  const Outcome outcome = run(words);
  if (outcome.exit_code != 0) throw std::runtime_error(words.front() + ": " + outcome.err);
}

// The rules on the page, which exempt the proxy's user: here that is root.
std::string page_rules() {
  const std::string page = read_file(std::string(WIF_SOURCE_DIR) + "/docs/transparent.md");
  const std::size_t from = page.find("```nft\n") + 7;
  std::string rules = page.substr(from, page.find("```", from) - from);
  for (std::size_t at = 0; (at = rules.find("65532")) != std::string::npos;) {
    rules.replace(at, 5, "0");
  }
  return rules;
}

class Steering : public testing::Test {
 protected:
  // Runs the body in a namespace with Google's APIs at that port of kApis.
  void apart(const std::string& port, const std::function<void()>& body) {
    skipped = run_apart([&] {
      must_run({"ip", "address", "add", kApis + "/32", "dev", "lo"});
      must_run({"ip", "route", "add", "default", "dev", "lo", "src", kApis});
      sandbox::CloudOptions options;
      options.listen_at("google_apis", kApis + ":" + port);
      cloud = std::make_unique<sandbox::Cloud>(options);
      body();
      cloud.reset();
    });
  }

  TestProxy listening(const std::string& address) {
    TestProxy proxy(*cloud);
    proxy.ec2().flag("--listen-sni", address);
    return proxy;
  }

  // curl as another user than the proxy's, without a word about a proxy: status and body.
  std::pair<std::string, std::string> curl_as_client(const std::string& trust,
                                                     const std::vector<std::string>& arguments) {
    // Copied to where that user may read it.
    const std::string ca = folder.write("ca.pem", read_file(trust));
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    std::filesystem::permissions(ca, std::filesystem::perms(0644));
    std::vector<std::string> command = {"setpriv",
                                        "--reuid=65534",
                                        "--regid=65534",
                                        "--clear-groups",
                                        "curl",
                                        "--disable",
                                        "-sS",
                                        "--max-time",
                                        "30",
                                        "--cacert",
                                        ca,
                                        "-w",
                                        "\n%{http_code}"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::size_t end = outcome.out.rfind('\n');
    return {outcome.out.substr(end + 1), outcome.out.substr(0, end)};
  }

  TemporaryFolder folder;
  std::unique_ptr<sandbox::Cloud> cloud;
  std::string skipped;
};

// The redirect leads a client that knows nothing to the proxy, and the proxy's own connection to
// the API is not led back to it.
TEST_F(Steering, RedirectOfPackets) {
  if (!is_installed("nft")) GTEST_SKIP() << "nft (nftables) is not installed";
  apart("443", [this] {
    must_run({"nft", "-f", folder.write("rules", page_rules())});
    auto proxy = listening("127.0.0.1:3129").start();
    const std::string api = "echo.googleapis.com:443:" + kApis;
    const auto [status, body] =
        curl_as_client(proxy.ca_file(), {"--resolve", api, echo_url("/redirected")});
    EXPECT_EQ(status, "200") << body << proxy.log();
    EXPECT_EQ(Seen(body).values("authorization"),
              "Bearer [token of access-from-aws@foo-project.iam.gserviceaccount.com]");
    EXPECT_EQ(cloud->arrivals().count("echo"), 1u);
  });
  if (!skipped.empty()) GTEST_SKIP() << skipped;
}

// The hosts file leads client and proxy to the proxy; connect_to is the proxy's way out.
TEST_F(Steering, EntryInTheHostsFile) {
  apart("8443", [this] {
    replace_hosts_file(folder.write("hosts", "127.0.0.1 localhost echo.googleapis.com\n"));
    auto proxy = listening("127.0.0.1:443").start();
    const auto [status, body] = curl_as_client(proxy.ca_file(), {echo_url("/by-name")});
    EXPECT_EQ(status, "200") << body << proxy.log();
    EXPECT_EQ(Seen(body).target, "/by-name");
  });
  if (!skipped.empty()) GTEST_SKIP() << skipped;
}

// Without connect_to the name leads the proxy to itself: a refusal that the client can read, and no
// loop.
TEST_F(Steering, NameThatLeadsTheProxyToItself) {
  apart("8443", [this] {
    replace_hosts_file(folder.write("hosts", "127.0.0.1 localhost echo.googleapis.com\n"));
    auto proxy = listening("127.0.0.1:443");
    proxy.without_flag("--connect-to");
    for (const std::string& mapping : cloud->connect_to()) {
      if (!mapping.starts_with("echo.")) proxy.flag("--connect-to", mapping);
    }
    auto started = proxy.start();
    const auto [status, body] = curl_as_client(started.ca_file(), {echo_url("/")});
    EXPECT_EQ(status, "403") << body << started.log();
    EXPECT_EQ(json_at(body, "/error/details/0/reason"), "PRIVATE_ADDRESS");
    EXPECT_EQ(started.events("request").size(), 1u);
  });
  if (!skipped.empty()) GTEST_SKIP() << skipped;
}

}  // namespace
}  // namespace wif::test
