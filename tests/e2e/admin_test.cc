// The admin port: health, readiness, metrics, status, and the commands that ask it.
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

class Admin : public testing::Test {
 protected:
  CurlAnswer get(const TestProxy& proxy, const std::string& path) {
    return curl_direct({"http://" + proxy.admin() + path});
  }
  static Outcome command(const std::string& name, const std::vector<std::string>& arguments) {
    std::vector<std::string> words = {WIF_PROXY_BINARY, name};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return run(words);
  }
  static std::string url(const TestProxy& proxy) { return "http://" + proxy.admin(); }

  sandbox::Cloud cloud;
};

// An orchestrator restarts what is not alive; an outage of Google must not look like that (R-9.2).
TEST_F(Admin, LiveIsNotReady) {
  cloud.metadata().set_instance_role("other-role");
  auto proxy = TestProxy(cloud).ec2().unready().start();
  EXPECT_EQ(get(proxy, "/healthz").status, 200);
  const CurlAnswer waiting = get(proxy, "/readyz");
  EXPECT_EQ(waiting.status, 503);
  EXPECT_NE(waiting.body.find("token"), std::string::npos) << waiting.body;
  EXPECT_EQ(waiting.body.find("access-from-aws"), std::string::npos) << "codes and nothing else";
  EXPECT_EQ(command("healthcheck", {"--url", url(proxy)}).exit_code, 1);
  EXPECT_EQ(command("healthcheck", {"--live", "--url", url(proxy)}).exit_code, 0);
  const Outcome verbose = command("healthcheck", {"-v", "--url", url(proxy)});
  EXPECT_NE(verbose.out.find("token"), std::string::npos) << verbose.out;
  const Outcome impatient = command("wait", {"--max", "300ms", "--url", url(proxy)});
  EXPECT_EQ(impatient.exit_code, 1);
  EXPECT_NE(impatient.err.find("300 ms"), std::string::npos) << impatient.err;
}

// `wait` is what a start script relies on: it returns when requests will work.
TEST_F(Admin, WaitReturnsWhenReady) {
  auto proxy = TestProxy(cloud).ec2().unready().start();
  EXPECT_EQ(command("wait", {"--url", url(proxy)}).exit_code, 0);
  EXPECT_EQ(get(proxy, "/readyz").status, 200);
  EXPECT_EQ(command("healthcheck", {"--url", url(proxy)}).exit_code, 0);
  EXPECT_EQ(command("healthcheck", {"--url", "http://127.0.0.1:1"}).exit_code, 1);
}

// They ask whoever runs; who has no credentials, as another shell or a health check, may do so.
TEST_F(Admin, AskingNeedsNoCredentials) {
  auto proxy = TestProxy(cloud).ec2().start();
  for (const char* name : {"wait", "healthcheck"}) {
    const Outcome asked = command(name, {"--listen-admin", proxy.admin()});
    EXPECT_EQ(asked.exit_code, 0) << name << ": " << asked.err;
  }
}

// --ready-without-token is for workloads that must start without Google.
TEST_F(Admin, ReadyWithoutTokenWhereAsked) {
  cloud.metadata().set_instance_role("other-role");
  auto proxy = TestProxy(cloud).ec2().unready().flag("--ready-without-token").start();
  EXPECT_TRUE(eventually([&] { return get(proxy, "/readyz").status == 200; }));
}

// Prometheus drops a page with one malformed line, and dashboards rely on the names.
TEST_F(Admin, MetricsArePrometheusText) {
  auto proxy = TestProxy(cloud).ec2().start();
  EXPECT_EQ(curl(proxy, {echo_url("/")}).status, 200);
  EXPECT_EQ(curl(proxy, {"-H", "X-Goog-Api-Key: k", echo_url("/")}).status, 200);
  EXPECT_EQ(curl(proxy, {"https://sts.googleapis.com/"}).status, 403);
  EXPECT_EQ(curl_direct({"http://" + proxy.metadata() + "/"}).status, 200);
  cloud.serve_bad_certificate("google_apis", sandbox::BadCertificate::kExpired);
  EXPECT_EQ(curl(proxy, {echo_url("/")}).status, 502);
  const CurlAnswer page = get(proxy, "/metrics");
  ASSERT_EQ(page.status, 200);
  const std::regex sample(
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-z_]+="([^"\\\n]|\\.)*",?)*\})? (NaN|[+-]?Inf|-?[0-9.eE+-]+))re");
  const std::regex comment(R"(# (HELP|TYPE|UNIT) [a-zA-Z_:][a-zA-Z0-9_:]* .*|# EOF)");
  std::set<std::string> names;
  std::istringstream lines(page.body);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (line.starts_with("#")) {
      EXPECT_TRUE(std::regex_match(line, comment)) << line;
    } else if (!line.empty()) {
      ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
      names.insert(match[1]);
    }
  }
  for (const char* name : {"wif_proxy_build_info",
                           "wif_proxy_requests_total",
                           "wif_proxy_request_duration_seconds_bucket",
                           "wif_proxy_overhead_seconds_bucket",
                           "wif_proxy_received_bytes_total",
                           "wif_proxy_sent_bytes_total",
                           "wif_proxy_client_connections",
                           "wif_proxy_upstream_connections",
                           "wif_proxy_tunnels",
                           "wif_proxy_token_refreshes_total",
                           "wif_proxy_token_refresh_duration_seconds_bucket",
                           "wif_proxy_token_expiry_timestamp_seconds",
                           "wif_proxy_token_waiters",
                           "wif_proxy_clock_offset_seconds",
                           "wif_proxy_unsafe_listener",
                           "wif_proxy_credential_source_info",
                           "wif_proxy_denied_total",
                           "wif_proxy_client_credentials_stripped_total",
                           "wif_proxy_metadata_requests_total",
                           "wif_proxy_leaf_certificates_total",
                           "wif_proxy_ca_expiry_timestamp_seconds",
                           "wif_proxy_upstream_tls_failures_total",
                           "process_resident_memory_bytes",
                           "process_start_time_seconds",
                           "process_open_fds",
                           "process_cpu_seconds_total"}) {
    EXPECT_EQ(names.count(name), 1u) << name;
  }
  // Bodies count on both sides, or a dashboard shows traffic that nobody caused.
  EXPECT_TRUE(std::regex_search(
      page.body, std::regex("wif_proxy_sent_bytes_total\\{side=\"client\"\\} [1-9][0-9]*\n")));
  EXPECT_TRUE(std::regex_search(
      page.body, std::regex("wif_proxy_requests_total\\{[^}]*action=\"inject\"[^}]*\\} [0-9]+\n")))
      << page.body;
  EXPECT_NE(page.body.find("kind=\"api_key\"} 1\n"), std::string::npos);
  EXPECT_NE(page.body.find("reason=\"RULE_DENIED\"} 1\n"), std::string::npos);
}

// Host names that a client makes up must not become labels, or a client fills the monitoring.
TEST_F(Admin, UnverifiedHostNamesAreNoLabels) {
  auto proxy = TestProxy(cloud).ec2().start();
  for (int i = 0; i < 5; ++i) {
    const std::string host = "madeup" + std::to_string(i) + ".example:443";
    TcpClient client(proxy.proxy());
    client.exchange("CONNECT " + host + " HTTP/1.1\r\n\r\n", "CONNECT");
  }
  EXPECT_EQ(get(proxy, "/metrics").body.find("madeup"), std::string::npos);
}

// /status is what a person looks at: whose token, until when, and what went wrong.
TEST_F(Admin, StatusTellsTheIdentity) {
  auto proxy = TestProxy(cloud).ec2().start();
  const CurlAnswer status = get(proxy, "/status");
  EXPECT_EQ(status.status, 200);
  EXPECT_NE(status.body.find(sandbox::kAwsServiceAccount), std::string::npos) << status.body;
  EXPECT_NE(status.body.find(proxy.proxy()), std::string::npos);
  EXPECT_TRUE(cloud.world().tokens_in(status.body).empty());
  cloud.metadata().set_instance_role("other-role");
  auto refused = TestProxy(cloud).ec2().unready().start();
  EXPECT_TRUE(eventually([&] {
    return get(refused, "/status").body.find("iam_binding_missing") != std::string::npos;
  }));
}

// It is no proxy and no remote control (R-9.1).
TEST_F(Admin, RefusesEverythingElse) {
  auto proxy = TestProxy(cloud).ec2().start();
  EXPECT_EQ(get(proxy, "/nothing").status, 404);
  EXPECT_EQ(get(proxy, "/config").status, 404);
  EXPECT_EQ(curl_direct({"-X", "POST", "http://" + proxy.admin() + "/metrics"}).status, 405);
  EXPECT_GE(curl_direct({"-X", "POST", "http://" + proxy.admin() + "/quitquitquit"}).status, 404);
  for (const char* line : {"CONNECT echo.googleapis.com:443 HTTP/1.1\r\nHost: a\r\n\r\n",
                           "GET http://echo.googleapis.com/ HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    TcpClient client(proxy.admin());
    const Reply reply = client.exchange(line);
    const bool connect = line[0] == 'C';
    EXPECT_EQ(reply.status, connect ? 405 : 400) << line;
    EXPECT_EQ(reply.header("allow"), connect ? "GET, HEAD" : "") << line;
  }
  EXPECT_TRUE(proxy.running());
  EXPECT_EQ(curl_direct({"-I", "http://" + proxy.admin() + "/healthz"}).status, 200);
}

// With --enable-quit a sidecar ends together with the job beside it.
TEST_F(Admin, QuitEndsTheProxyWhereEnabled) {
  auto proxy = TestProxy(cloud).ec2().flag("--enable-quit").start();
  const CurlAnswer answer =
      curl_direct({"-X", "POST", "http://" + proxy.admin() + "/quitquitquit"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(proxy.wait_for_end(), 0);
}

}  // namespace
}  // namespace wif::test
