// The token goes only to an upstream whose certificate is beyond doubt: else 502, and the
// upstream sees no request.
#include <gtest/gtest.h>

#include <ostream>

#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace sandbox {

// For the names that ctest shows.
static void PrintTo(BadCertificate kind, std::ostream* out) { *out << to_string(kind); }

}  // namespace sandbox

namespace wif::test {
namespace {

using sandbox::BadCertificate;

void expect_refused(sandbox::Cloud& cloud, const TestProxy& proxy) {
  cloud.arrivals().clear();
  const CurlAnswer answer = curl(proxy, {echo_url("/")});
  EXPECT_EQ(answer.status, 502) << answer.body << answer.error;
  EXPECT_EQ(json_at(answer.body, "/error/details/0/reason"), "UPSTREAM_TLS");
  EXPECT_EQ(cloud.arrivals().count("echo"), 0u) << "the upstream must see no request";
}

class BadUpstream : public testing::TestWithParam<BadCertificate> {};

// Whoever sits between us and Google can present one of these.
TEST_P(BadUpstream, IsRefusedBeforeTheRequest) {
  sandbox::Cloud cloud;
  TestProxy set_up(cloud);
  cloud.serve_bad_certificate("google_apis", GetParam());
  if (GetParam() == BadCertificate::kRevoked) {
    // It shows by the list that stands beside the roots.
    const std::string bundle = (set_up.folder() / "roots.pem").string();
    write_file(bundle, cloud.ca_pem() + cloud.authority().crl_pem());
    set_up.without_flag("--upstream-ca").flag("--upstream-ca", bundle);
  }
  auto proxy = set_up.ec2().start();
  expect_refused(cloud, proxy);
  EXPECT_TRUE(proxy.wait_for_event("request"));
  cloud.serve_good_certificate("google_apis");
  EXPECT_TRUE(eventually([&] { return curl(proxy, {echo_url("/")}).status == 200; }))
      << "a good certificate has to work again";
}

INSTANTIATE_TEST_SUITE_P(Certificate, BadUpstream,
                         testing::ValuesIn(sandbox::all_bad_certificates()),
                         [](const auto& each) { return sandbox::to_string(each.param); });

// TLS 1.1 and older can be downgraded and read.
TEST(UpstreamTls, OldVersionIsRefused) {
  sandbox::Cloud cloud;
  auto proxy = TestProxy(cloud).ec2().start();
  cloud.serve_old_tls("google_apis");
  expect_refused(cloud, proxy);
}

// Without --upstream-ca the system's roots count: a sandbox is then not Google.
TEST(UpstreamTls, SystemRootsDoNotKnowTheSandbox) {
  sandbox::Cloud cloud;
  auto proxy = TestProxy(cloud).ec2().without_flag("--upstream-ca").unready().start();
  EXPECT_TRUE(proxy.wait_for_event("token_refresh")) << proxy.log();
  EXPECT_EQ(cloud.arrivals().count("google_sts"), 0u);
}

// A list that revokes nothing must not stand in the way of good certificates.
TEST(UpstreamTls, EmptyRevocationListIsNoObstacle) {
  sandbox::Cloud cloud;
  TestProxy set_up(cloud);
  const std::string bundle = (set_up.folder() / "roots.pem").string();
  write_file(bundle, cloud.ca_pem() + cloud.authority().crl_pem());
  auto proxy = set_up.ec2().without_flag("--upstream-ca").flag("--upstream-ca", bundle).start();
  EXPECT_EQ(curl(proxy, {echo_url("/")}).status, 200);
}

// A token is meant for one host: a connection opened for it carries no other's requests.
TEST(UpstreamTls, ConnectionsAreKeptPerHost) {
  sandbox::Cloud cloud;
  auto proxy = TestProxy(cloud).ec2().flag("--threads", "1").start();
  for (const char* host : {"echo.googleapis.com", "echo2.googleapis.com", "echo.googleapis.com"}) {
    const CurlAnswer answer = curl(proxy, {"https://" + std::string(host) + "/"});
    EXPECT_EQ(Seen(answer.body).server_name, host);
    EXPECT_EQ(Seen(answer.body).values("host"), host);
  }
  EXPECT_EQ(cloud.server("google_apis").accepted(), 2u);
}

}  // namespace
}  // namespace wif::test
