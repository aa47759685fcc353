// What clients are told when the cloud refuses our identity, or gives no token for now.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

using sandbox::ImdsMode;

class Refusals : public testing::Test {
 protected:
  static std::string reason(const CurlAnswer& answer) {
    return json_at(answer.body, "/error/details/0/reason");
  }
  static std::string code(const CurlAnswer& answer) {
    return json_at(answer.body, "/error/details/0/metadata/code");
  }
  static std::string message(const CurlAnswer& answer) {
    return json_at(answer.body, "/error/message");
  }
  // Started without a token to wait for; requests wait for the first outcome.
  static TestProxy start(TestProxy& set_up) {
    return set_up.unready().flag("--token-wait", "30s").start();
  }
  CurlAnswer ask(const TestProxy& proxy) { return curl(proxy, {echo_url("/")}); }

  sandbox::Cloud cloud;
};

// The article's question: why does another role not get in? The answer has to be the command that
// would let it in, with the member name spelt right.
TEST_F(Refusals, OtherRoleIsToldTheBindingItLacks) {
  cloud.metadata().set_instance_role("other-role");
  auto proxy = start(TestProxy(cloud).ec2());
  const CurlAnswer answer = ask(proxy);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(reason(answer), "FEDERATION_REFUSED");
  EXPECT_EQ(code(answer), "iam_binding_missing");
  const std::string text = message(answer);
  EXPECT_NE(text.find("gcloud iam service-accounts add-iam-policy-binding "
                      "access-from-aws@foo-project.iam.gserviceaccount.com"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(sandbox::aws_role_member("other-role")), std::string::npos) << text;
  EXPECT_EQ(cloud.arrivals().count("echo"), 0u) << "nothing may reach the API without a token";
}

// The same for another service account of the cluster.
TEST_F(Refusals, OtherServiceAccountIsToldTheBindingItLacks) {
  auto proxy = start(TestProxy(cloud).eks_as("other-ksa"));
  const CurlAnswer answer = ask(proxy);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(reason(answer), "FEDERATION_REFUSED");
  const std::string text = message(answer);
  EXPECT_NE(text.find("gcloud iam service-accounts add-iam-policy-binding"), std::string::npos);
  EXPECT_NE(text.find(sandbox::ksa_member("default:other-ksa")), std::string::npos) << text;
}

// Another AWS account than the provider's shows as its condition's refusal.
TEST_F(Refusals, OtherAccountIsRefusedByTheProvider) {
  cloud.metadata().set_account("999999999999");
  auto proxy = start(TestProxy(cloud).ec2());
  const CurlAnswer answer = ask(proxy);
  EXPECT_EQ(answer.status, 403) << answer.body;
  EXPECT_EQ(code(answer), "attribute_condition_rejected");
  EXPECT_EQ(cloud.arrivals().count("iam_credentials"), 0u);
}

// A provider that was switched off or deleted.
TEST_F(Refusals, MissingProviderIsNamed) {
  auto provider = *cloud.world().find_provider(std::string(sandbox::kAwsAudience));
  provider.enabled = false;
  cloud.world().set_provider(std::string(sandbox::kAwsAudience), provider);
  auto proxy = start(TestProxy(cloud).ec2());
  const CurlAnswer answer = ask(proxy);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(code(answer), "provider_missing");
  EXPECT_NE(message(answer).find("aws-provider"), std::string::npos);
}

// Refused is not for ever: once the binding is there, requests succeed without a restart.
TEST_F(Refusals, BindingAddedLaterIsNoticed) {
  cloud.metadata().set_instance_role("other-role");
  auto proxy = start(TestProxy(cloud).ec2());
  EXPECT_EQ(ask(proxy).status, 403);
  cloud.world().bind(std::string(sandbox::kAwsServiceAccount),
                     sandbox::aws_role_member("other-role"));
  EXPECT_TRUE(eventually([&] { return ask(proxy).status == 200; }, std::chrono::seconds(80)))
      << proxy.log();
}

// A clock that is off by an hour makes every signature invalid; the proxy learns the true time from
// Google's answer and signs once more.
TEST_F(Refusals, ClockSkewIsCorrected) {
  cloud.world().set_clock_offset(std::chrono::hours(1));
  auto proxy = TestProxy(cloud).ec2().start();
  EXPECT_EQ(ask(proxy).status, 200);
  EXPECT_GE(cloud.arrivals().count("google_sts"), 2u);
}

class Outages : public Refusals {
 protected:
  // 503 with the code, and a time after which it is worth asking again.
  void expect_unavailable(const CurlAnswer& answer, const std::string& wanted_code) {
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_EQ(reason(answer), "TOKEN_UNAVAILABLE");
    EXPECT_EQ(code(answer), wanted_code);
    EXPECT_GE(std::atoi(answer.header("retry-after").c_str()), 1) << answer.heads;
    EXPECT_EQ(cloud.arrivals().count("echo"), 0u);
  }
};

// Never a 401 of our own: clients would ask their user to log in.
TEST_F(Outages, DisabledImdsIsNamed) {
  cloud.metadata().set_mode(ImdsMode::kDisabled);
  auto proxy = start(TestProxy(cloud).ec2());
  expect_unavailable(ask(proxy), "imds_disabled");
}

// A container behind a hop limit of 1: the PUT is swallowed, v1 is refused.
TEST_F(Outages, HopLimitIsNamed) {
  cloud.metadata().set_mode(ImdsMode::kHopLimit);
  auto proxy = start(TestProxy(cloud).ec2());
  const CurlAnswer answer = ask(proxy);
  expect_unavailable(answer, "imds_hop_limit");
  EXPECT_NE(message(answer).find("http-put-response-hop-limit 2"), std::string::npos)
      << message(answer);
}

// An instance without a role, and a role that EC2 may not take.
TEST_F(Outages, MissingAndUnusableRolesAreNamed) {
  cloud.metadata().set_instance_role(std::nullopt);
  auto proxy = start(TestProxy(cloud).ec2());
  expect_unavailable(ask(proxy), "imds_no_role");
  cloud.metadata().set_instance_role("access2bq");
  cloud.metadata().set_role_assumable(false);
  auto other = start(TestProxy(cloud).ec2());
  expect_unavailable(ask(other), "imds_role_not_assumable");
}

// An outage of Google STS is a matter of waiting; recovery needs no restart.
TEST_F(Outages, RecoversWhenTheSourceReturns) {
  sandbox::Failure down;
  down.count = 0;
  cloud.failures().add("google_sts", down);
  auto proxy = start(TestProxy(cloud).ec2());
  expect_unavailable(ask(proxy), "upstream_unavailable");
  EXPECT_TRUE(proxy.events("ready").empty());
  cloud.failures().clear();
  EXPECT_TRUE(eventually([&] { return ask(proxy).status == 200; })) << proxy.log();
  EXPECT_TRUE(proxy.wait_for_event("ready"));
}

// A source that cannot be reached, or whose certificate is not to be trusted, is the network's
// fault; the token must not be asked for there.
TEST_F(Outages, UntrustedTokenServiceIsNotAsked) {
  cloud.serve_bad_certificate("google_sts", sandbox::BadCertificate::kUnknownIssuer);
  auto proxy = start(TestProxy(cloud).ec2());
  expect_unavailable(ask(proxy), "network");
  EXPECT_EQ(cloud.arrivals().count("google_sts"), 0u) << "the subject token must not be sent there";
}

// An outage is one line of the log, not one per request.
TEST_F(Outages, AreLoggedOnce) {
  sandbox::Failure down;
  down.count = 0;
  cloud.failures().add("google_sts", down);
  auto proxy = start(TestProxy(cloud).ec2());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(proxy).status, 503);
  EXPECT_LE(proxy.events("token_refresh").size(), 1u) << proxy.log();
}

}  // namespace
}  // namespace wif::test
