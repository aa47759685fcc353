// threat-model.md R-6.1: which listeners may be opened for whom. And rules: R-6.4, R-6.5.
#include <string>
#include <tuple>

#include "loading.h"

namespace wif::config {
namespace {

struct Protection {
  bool allow_non_loopback;
  bool cidrs;
  bool unsafe;
  bool accepted_off_loopback;
};

constexpr Protection kMatrix[] = {
    {false, false, false, false}, {true, false, false, false}, {false, true, false, false},
    {true, true, false, true},    {false, false, true, true},  {true, false, true, true},
    {false, true, true, true},    {true, true, true, true},
};

class ListenerProtection : public Loading,
                           public testing::WithParamInterface<std::tuple<Protection, std::string>> {
 protected:
  void listen(const std::string& flag, const std::string& address) {
    const Protection& protection = std::get<0>(GetParam());
    std::vector<std::string> arguments{flag, address + ":0"};
    if (protection.allow_non_loopback) arguments.emplace_back("--allow-non-loopback");
    if (protection.cidrs) arguments.insert(arguments.end(), {"--allow-cidr", "10.0.0.0/8"});
    if (protection.unsafe) arguments.emplace_back("--unsafe-listen");
    flags(arguments);
  }
};

TEST_P(ListenerProtection, OffLoopbackNeedsAMechanism) {
  for (const char* address : {"0.0.0.0", "10.0.0.1", "[::]", "192.168.1.1", "[fd00::1]", ""}) {
    listen(std::get<1>(GetParam()), address);
    if (std::get<0>(GetParam()).accepted_off_loopback) {
      EXPECT_FALSE(all_on_loopback(good().listen));
    } else {
      refused(78, "listener_unprotected");
    }
  }
}

TEST_P(ListenerProtection, LoopbackNeedsNone) {
  for (const char* address : {"127.0.0.1", "127.0.0.2", "[::1]", "localhost"}) {
    listen(std::get<1>(GetParam()), address);
    EXPECT_TRUE(all_on_loopback(good().listen)) << address;
  }
}

INSTANTIATE_TEST_SUITE_P(Matrix, ListenerProtection,
                         testing::Combine(testing::ValuesIn(kMatrix),
                                          testing::Values("--listen", "--listen-sni",
                                                          "--listen-metadata", "--listen-admin")));

TEST_F(Loading, ClientsAreLoopbackUnlessSaidOtherwise) {
  EXPECT_EQ(good().allow_cidrs.size(), 2u);
  EXPECT_FALSE(good().allow_cidrs_given);
  flags({"--listen", "0.0.0.0:0", "--unsafe-listen"});
  const Config config = good();
  EXPECT_TRUE(config.allow_cidrs[0].contains(*IpAddress::parse("8.8.8.8")));
  EXPECT_FALSE(config.allow_cidrs_given);
}

TEST_F(Loading, TwoListenersCannotShareAnAddress) {
  flags({"--listen", "127.0.0.1:3130"});
  refused(78, "127.0.0.1:3130 twice");
  flags({"--listen-sni", "127.0.0.1:3128"});
  refused(78, "127.0.0.1:3128 twice");
  flags({"--listen", "127.0.0.1:3130", "--listen-metadata", "off"});
  good();
  flags({"--listen", "127.0.0.1:0", "--listen-admin", "127.0.0.1:0"});
  good();
}

TEST_F(Loading, DefaultRulesTunnelTheRestOnLoopbackOnly) {
  Config config = good();
  ASSERT_EQ(config.rules.size(), 2u);
  EXPECT_EQ(config.rules[0].hosts[0].text(), "*.googleapis.com");
  EXPECT_EQ(config.rules[0].action, Action::kInject);
  EXPECT_EQ(config.rules[0].ports, std::vector<std::uint16_t>{443});
  EXPECT_EQ(config.rules[1].action, Action::kTunnel);
  EXPECT_TRUE(config.rules[1].hosts[0].is_any());
  EXPECT_EQ(config.default_action, Action::kDeny);
  flags({"--listen", "10.0.0.1:3128", "--allow-non-loopback", "--allow-cidr", "10.0.0.0/8"});
  EXPECT_EQ(good().rules.size(), 1u);
  flags({"--default-action", "deny"});
  EXPECT_EQ(good().rules.size(), 1u);
}

TEST_F(Loading, DefaultRuleFollowsTheUniverse) {
  flags({"--credentials", vector_path("other-universe")});
  EXPECT_EQ(good().rules[0].hosts[0].text(), "*.apis-example.goog");
}

TEST_F(Loading, InjectFlagReplacesRulesAndDenyStandsInFront) {
  flags({"--deny", "iam.googleapis.com"});
  EXPECT_EQ(good().rules.size(), 3u);
  EXPECT_EQ(good().rules[0].action, Action::kDeny);
  EXPECT_FALSE(good().rules_given);
  flags({"--inject", "bigquery.googleapis.com", "--inject", "storage.googleapis.com"});
  Config config = good();
  ASSERT_EQ(config.rules.size(), 1u);
  EXPECT_EQ(config.rules[0].hosts.size(), 2u);
  EXPECT_EQ(config.rules[0].ports, std::vector<std::uint16_t>{443});
  EXPECT_TRUE(config.rules_given);
  flags({"--inject", "*"});
  refused(2, "cannot be constrained");
}

TEST_F(Loading, RulesOfTheFile) {
  file(R"("rules": [{"hosts": ["*.googleapis.com", "a.b"], "action": "inject", "ports": [443, 8443],
    "methods": ["GET"], "paths": ["/bigquery/*"], "clients": ["10.0.0.0/8"],
    "user_project": "remove", "query_tokens": "pass", "signed_urls": "pass",
    "upgrade_http": false}, {"hosts": ["*"], "action": "deny", "mode": "report"},
    {"hosts": ["c.d"], "action": "tunnel", "ports": []}])");
  const Config config = good();
  const Rule& rule = config.rules[0];
  EXPECT_EQ(rule.hosts.size(), 2u);
  EXPECT_EQ(rule.ports, (std::vector<std::uint16_t>{443, 8443}));
  EXPECT_EQ(rule.methods, std::vector<std::string>{"GET"});
  EXPECT_EQ(rule.paths, std::vector<std::string>{"/bigquery/*"});
  EXPECT_EQ(rule.clients.size(), 1u);
  EXPECT_EQ(rule.user_project, "remove");
  EXPECT_TRUE(rule.pass_query_tokens);
  EXPECT_TRUE(rule.pass_signed_urls);
  EXPECT_FALSE(rule.upgrade_http);
  EXPECT_TRUE(config.rules[1].report_only);
  EXPECT_TRUE(config.rules[1].ports.empty());
  EXPECT_TRUE(config.rules[2].ports.empty());
  EXPECT_EQ(config.default_action, Action::kDeny);
}

TEST_F(Loading, RulesThatMeanNothingAreRefused) {
  for (const char* rule : {R"({"action": "deny"})",
                           R"({"hosts": ["a.b"]})",
                           R"({"hosts": [], "action": "deny"})",
                           R"({"hosts": "a.b", "action": "deny"})",
                           R"({"hosts": ["a*.b"], "action": "deny"})",
                           R"({"hosts": ["A.b"], "action": "deny"})",
                           R"({"hosts": ["a.b"], "action": "allow"})",
                           R"({"hosts": ["*"], "action": "inject"})",
                           R"({"hosts": ["10.0.0.1"], "action": "inject"})",
                           R"({"hosts": ["a.b"], "action": "inject", "ports": []})",
                           R"({"hosts": ["a.b"], "action": "inject", "ports": [0]})",
                           R"({"hosts": ["a.b"], "action": "inject", "ports": [65536]})",
                           R"({"hosts": ["a.b"], "action": "inject", "ports": ["443"]})",
                           R"({"hosts": ["a.b"], "action": "inject", "identity": "other"})",
                           R"({"hosts": ["a.b"], "action": "inject", "mode": "report"})",
                           R"({"hosts": ["a.b"], "action": "deny", "methods": ["get"]})",
                           R"({"hosts": ["a.b"], "action": "deny", "paths": ["x"]})",
                           R"({"hosts": ["a.b"], "action": "deny", "paths": ["/a*b"]})",
                           R"({"hosts": ["a.b"], "action": "deny", "clients": ["host"]})",
                           R"({"hosts": ["a.b"], "action": "deny", "query_tokens": "drop"})",
                           R"({"hosts": ["a.b"], "action": "deny", "user_project": "a b"})"}) {
    file("\"rules\": [" + std::string(rule) + "]");
    refused(78, "rules[0]");
  }
}

TEST_F(Loading, EmptyRulesDenyEverything) {
  file("\"rules\": []");
  EXPECT_TRUE(good().rules.empty());
  EXPECT_TRUE(good().rules_given);
  EXPECT_EQ(good().default_action, Action::kDeny);
}

TEST_F(Loading, InjectHostsLieInsideTheNameConstraints) {
  file(R"("ca": {"name_constraints": ["googleapis.com"]},
          "rules": [{"hosts": ["*.googleapis.com", "www.googleapis.com"], "action": "inject"}])");
  EXPECT_EQ(ca_suffixes(good()), std::vector<std::string>{"googleapis.com"});
  file(R"("ca": {"name_constraints": ["bigquery.googleapis.com"]},
          "rules": [{"hosts": ["*.googleapis.com"], "action": "inject"}])");
  refused(78, "rules[0].hosts: found *.googleapis.com, which ca.name_constraints does not cover");
  file(R"("ca": {"name_constraints": ["googleapis.com"]},
          "rules": [{"hosts": ["evilgoogleapis.com"], "action": "inject"}])");
  refused(78, "does not cover");
}

TEST_F(Loading, CaSuffixesAreTheFewestThatCoverTheRules) {
  file(R"("rules": [{"hosts": ["a.googleapis.com", "*.googleapis.com"], "action": "inject"},
                    {"hosts": ["b.example"], "action": "inject"},
                    {"hosts": ["*.c.example"], "action": "tunnel"}])");
  EXPECT_EQ(ca_suffixes(good()), (std::vector<std::string>{"b.example", "googleapis.com"}));
}

TEST_F(Loading, DefaultRulesNeedTheDefaultIdentity) {
  file(R"("identities": {"prod": {"token_file": "/t"}})");
  refused(78, "there is no identity \"default\"");
}

}  // namespace
}  // namespace wif::config
