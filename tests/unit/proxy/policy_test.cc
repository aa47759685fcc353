#include "proxy/policy.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace wif::proxy {
namespace {

using config::Action;
using config::Cidr;
using config::Config;
using config::HostPattern;
using config::IpAddress;
using config::Rule;

Rule rule(Action action, const std::vector<std::string>& hosts,
          std::vector<std::uint16_t> ports = {443}) {
  Rule made;
  made.action = action;
  for (const std::string& host : hosts) made.hosts.push_back(*HostPattern::parse(host));
  made.ports = std::move(ports);
  return made;
}
Rule inject(const std::string& host) { return rule(Action::kInject, {host}); }
Rule tunnel(const std::string& host) { return rule(Action::kTunnel, {host}); }
Rule deny(const std::string& host) { return rule(Action::kDeny, {host}, {}); }

Config with(std::vector<Rule> rules, Action otherwise = Action::kDeny) {
  Config config;
  config.rules = std::move(rules);
  config.default_action = otherwise;
  return config;
}
// as the loader makes them.
Config defaults(Action otherwise = Action::kTunnel) {
  return with({inject("*.googleapis.com")}, otherwise);
}

Target request(std::string_view host, std::uint16_t port = 443, std::string_view method = "GET",
               std::string_view path = "/") {
  Target target;
  target.host = host;
  target.port = port;
  target.method = method;
  target.path = path;
  target.client = *IpAddress::parse("10.1.2.3");
  return target;
}
Target connect(std::string_view host, std::uint16_t port = 443) {
  return request(host, port, "", "");
}

std::string action_of(const Config& config, const Target& target) {
  const Decision decision = decide(config, target);
  EXPECT_EQ(decision.denial.empty(), decision.action != Action::kDeny);
  switch (decision.action) {
    case Action::kInject: return "inject";
    case Action::kTunnel: return "tunnel";
    case Action::kDeny: break;
  }
  return "deny";
}

TEST(Policy, InjectsForGoogleAndTunnelsTheRestByDefault) {
  const Config config = defaults();
  for (const Target& target : {request("bigquery.googleapis.com"), connect("a.b.googleapis.com")}) {
    EXPECT_EQ(action_of(config, target), "inject");
  }
  for (const std::string_view host :
       {"googleapis.com", "evilgoogleapis.com", "googleapis.com.evil.example",
        "bigquery-googleapis.com", "www.google.com", "10.0.0.1"}) {
    EXPECT_EQ(action_of(config, connect(host)), "tunnel") << host;
  }
}

TEST(Policy, DeniesTheRestOffLoopback) {
  const Config config = defaults(Action::kDeny);
  const Decision decision = decide(config, connect("example.com"));
  EXPECT_EQ(decision.action, Action::kDeny);
  EXPECT_EQ(decision.reason, Reason::kRuleDenied);
  EXPECT_EQ(decision.rule, nullptr);
  EXPECT_FALSE(decision.covered);
  EXPECT_NE(decision.denial.find("example.com"), std::string::npos);
}

TEST(Policy, SaysWhichRuleDecided) {
  const Config config = with({deny("iam.googleapis.com"), inject("*.googleapis.com")});
  const Decision injected = decide(config, request("storage.googleapis.com"));
  EXPECT_EQ(injected.rule, &config.rules[1]);
  EXPECT_EQ(injected.rule_index, 1);
  EXPECT_TRUE(injected.covered);
  EXPECT_EQ(injected.host_label, "*.googleapis.com");
  const Decision denied = decide(config, request("iam.googleapis.com"));
  EXPECT_EQ(denied.action, Action::kDeny);
  EXPECT_EQ(denied.rule_index, 0);
  EXPECT_TRUE(denied.covered);  // the refusal is answered inside TLS
  EXPECT_EQ(denied.host_label, "iam.googleapis.com");
  EXPECT_NE(denied.denial.find("denied by rule 0"), std::string::npos);
}

TEST(Policy, NamesThePlaceToChange) {
  Config config = defaults(Action::kDeny);
  EXPECT_NE(decide(config, connect("a.example")).denial.find("--inject"), std::string::npos);
  config.file = "/etc/wif-proxy/config.json";
  EXPECT_NE(
      decide(config, connect("a.example")).denial.find("\"rules\" in /etc/wif-proxy/config.json"),
      std::string::npos);
}

//
TEST(Policy, TheFirstRuleThatMatchesDecides) {
  EXPECT_EQ(action_of(with({deny("a.example"), tunnel("*")}), connect("a.example")), "deny");
  EXPECT_EQ(action_of(with({tunnel("*"), deny("a.example")}), connect("a.example")), "tunnel");
  EXPECT_EQ(action_of(with({tunnel("b.example"), deny("*")}), connect("a.example")), "deny");
  EXPECT_EQ(action_of(with({tunnel("b.example"), deny("*")}), connect("b.example")), "tunnel");
}

TEST(Policy, DeniesAHostThatNoRuleMatches) {
  EXPECT_EQ(action_of(with({tunnel("a.example")}), connect("b.example")), "deny");
  EXPECT_EQ(action_of(with({}), connect("b.example")), "deny");
}

TEST(Policy, ARuleWithoutPortsIsForAllOfThem) {
  const Config config = with({deny("a.example"), tunnel("*")});
  EXPECT_EQ(action_of(config, connect("a.example", 8443)), "deny");
  EXPECT_EQ(action_of(config, connect("b.example", 443)), "tunnel");
  EXPECT_EQ(action_of(config, connect("b.example", 8443)), "deny");
}

TEST(Policy, ARuleCanBeLimitedToClients) {
  Rule limited = inject("*.googleapis.com");
  limited.clients = {*Cidr::parse("10.0.0.0/8")};
  const Config config = with({limited});
  Target target = request("storage.googleapis.com");
  EXPECT_EQ(action_of(config, target), "inject");
  target.client = *IpAddress::parse("192.168.0.1");
  const Decision decision = decide(config, target);
  EXPECT_EQ(decision.action, Action::kDeny);
  EXPECT_EQ(decision.reason, Reason::kClientNotAllowed);
  EXPECT_TRUE(decision.covered);
}

TEST(Policy, AClientOfALaterRuleIsAdmitted) {
  Rule first = inject("*.googleapis.com");
  first.clients = {*Cidr::parse("192.168.0.0/16")};
  Rule second = inject("*.googleapis.com");
  second.clients = {*Cidr::parse("10.0.0.0/8")};
  second.identity = "other";
  const Config config = with({first, second});
  const Decision decision = decide(config, request("storage.googleapis.com"));
  EXPECT_EQ(decision.action, Action::kInject);
  EXPECT_EQ(decision.rule->identity, "other");
  EXPECT_EQ(decision.reason, Reason::kRuleDenied);
}

TEST(Policy, ADenyRuleBehindOneForOthersIsTheReason) {
  Rule limited = inject("*.googleapis.com");
  limited.clients = {*Cidr::parse("192.168.0.0/16")};
  const Config config = with({limited, deny("*")});
  EXPECT_EQ(decide(config, request("storage.googleapis.com")).reason, Reason::kRuleDenied);
}

TEST(Policy, JudgesMethodsAndPathsPerRequest) {
  Rule readers = inject("storage.googleapis.com");
  readers.methods = {"GET", "HEAD"};
  readers.paths = {"/storage/v1/b/public/*", "/exact"};
  const Config config = with({readers});
  const auto judge = [&](std::string_view method, std::string_view path) {
    return action_of(config, request("storage.googleapis.com", 443, method, path));
  };
  EXPECT_EQ(judge("GET", "/storage/v1/b/public/o/x"), "inject");
  EXPECT_EQ(judge("HEAD", "/exact"), "inject");
  EXPECT_EQ(judge("POST", "/exact"), "deny");
  EXPECT_EQ(judge("GET", "/exact/more"), "deny");
  EXPECT_EQ(judge("GET", "/storage/v1/b/publicity"), "deny");
  EXPECT_EQ(judge("GET", "/"), "deny");
  EXPECT_TRUE(decide(config, request("storage.googleapis.com", 443, "POST", "/")).covered);
}

// Another spelling of the same path must not pass a deny rule.
TEST(Policy, OtherSpellingsOfADeniedPathAreDenied) {
  Rule secret = deny("storage.googleapis.com");
  secret.paths = {"/storage/v1/b/secret/*", "/exact/path"};
  const Config config = with({secret, inject("storage.googleapis.com")});
  const auto judge = [&](std::string_view path) {
    return action_of(config, request("storage.googleapis.com", 443, "GET", path));
  };
  for (const char* path : {"/storage/v1/b/secret/o",
                           "/storage/v1/b/%73ecret/o",
                           "/storage//v1/b/secret/o",
                           "//storage/v1/b/secret/o",
                           "/storage/v1/b/x/../secret/o",
                           "/storage/v1/b/./secret/o",
                           "/storage/v1/b/x/%2e%2e/secret/o",
                           "/storage/v1/b/x/%2E./secret/o",
                           "/storage/v1/b/x/.%2e/secret/o",
                           "/storage%2Fv1/b/secret/o",
                           "/storage/v1/b/secret%2fo",
                           "/storage/v1/b/x%2F..%2Fsecret%2Fo",
                           "/storage/v1/b/x/%252e%252e/secret/o",
                           "/storage/v1/b/%2573ecret/o",
                           "/storage/v1/b\\secret/o",
                           "/storage/v1/b/x%5C..%5csecret/o",
                           "/../storage/v1/b/secret/o",
                           "/exact//path",
                           "/exact/%70ath",
                           "/exact/x/../path",
                           "/storage/v1/b/secret//o",
                           "/storage/v1/b//x/..//secret/o"}) {
    EXPECT_EQ(judge(path), "deny") << path;
  }
  for (const char* path : {"/storage/v1/b/public/o", "/storage/v1/b/secret", "/exact/path2", "/",
                           "/storage/v1/b/secret%2", "/storage/v1/b/public/o/a%2Fb//c", "*"}) {
    EXPECT_EQ(judge(path), "inject") << path;
  }
}

// A rule that admits matches only what every reader takes for the path that it names.
TEST(Policy, OtherSpellingsOfAnAdmittedPathAreNotAdmitted) {
  Rule readers = inject("storage.googleapis.com");
  readers.paths = {"/storage/v1/b/public/*", "/o/a%2Fb"};
  const Config config = with({readers});
  const auto judge = [&](std::string_view path) {
    return action_of(config, request("storage.googleapis.com", 443, "GET", path));
  };
  for (const char* path :
       {"/storage/v1/b/public/../secret", "/storage/v1/b/public/%2e%2e/secret",
        "/storage/v1/b/public/x%2F..%2F..%2Fsecret", "/storage/v1/b/public/%252e%252e/secret",
        "/storage/v1/b/public/..\\secret", "/storage/v1/b/x/../public/o", "/o/a/b"}) {
    EXPECT_EQ(judge(path), "deny") << path;
  }
  for (const char* path :
       {"/storage/v1/b/public/o/a%2Fb", "/storage/v1/b/public/o/a%20b", "/storage/v1/b/public//o",
        "/storage/v1/b/public/.hidden", "/storage/v1/b/public/%zz", "/o/a%2Fb", "/o/a%2fb"}) {
    EXPECT_EQ(judge(path), std::string_view(path) == "/o/a%2fb" ? "deny" : "inject") << path;
  }
}

TEST(Policy, AConnectIsInterceptedWhereARequestMayBeInjected) {
  Rule readers = inject("storage.googleapis.com");
  readers.methods = {"GET"};
  EXPECT_EQ(action_of(with({readers}), connect("storage.googleapis.com")), "inject");
}

TEST(Policy, AConnectIsNotDeniedForWhatOnlySomeRequestsDo) {
  Rule no_deletes = deny("*.googleapis.com");
  no_deletes.methods = {"DELETE"};
  const Config config = with({no_deletes, inject("*.googleapis.com")});
  EXPECT_EQ(action_of(config, connect("storage.googleapis.com")), "inject");
  EXPECT_EQ(action_of(config, request("storage.googleapis.com", 443, "DELETE")), "deny");
  EXPECT_EQ(action_of(config, request("storage.googleapis.com", 443, "GET")), "inject");
}

TEST(Policy, AReportedRuleDecidesNothing) {
  Rule trial = deny("*.googleapis.com");
  trial.report_only = true;
  const Config config = with({trial, trial, inject("*.googleapis.com")});
  const Decision decision = decide(config, request("storage.googleapis.com"));
  EXPECT_EQ(decision.action, Action::kInject);
  EXPECT_EQ(decision.rule_index, 2);
  EXPECT_EQ(decision.reported_rule, 0);
  EXPECT_EQ(decide(defaults(), request("storage.googleapis.com")).reported_rule, -1);
}

// a
TEST(Policy, DeniesHostsThatMintTokens) {
  for (const std::string service : {"sts", "iamcredentials", "oauth2"}) {
    for (const std::string& host :
         {service + ".googleapis.com", service + ".mtls.googleapis.com",
          "us-east1." + service + ".googleapis.com", service + ".us-east1.googleapis.com",
          service + ".us-east1.rep.googleapis.com", "us-east1-" + service + ".googleapis.com",
          service + "-xyz.p.googleapis.com"}) {
      for (const Target& target : {connect(host), request(host)}) {
        const Config config = defaults();
        const Decision decision = decide(config, target);
        EXPECT_EQ(decision.action, Action::kDeny) << host;
        EXPECT_EQ(decision.reason, Reason::kRuleDenied) << host;
        EXPECT_EQ(decision.rule, nullptr) << host;
        EXPECT_EQ(decision.rule_index, -1) << host;
        EXPECT_TRUE(decision.covered) << host;
      }
      EXPECT_TRUE(mints_tokens(host, "googleapis.com")) << host;
    }
  }
}

TEST(Policy, DeniesThemWhateverTheWildcardSays) {
  EXPECT_EQ(action_of(with({tunnel("*")}), connect("sts.googleapis.com")), "deny");
  EXPECT_EQ(action_of(with({tunnel("*.googleapis.com")}), connect("sts.googleapis.com")), "deny");
  EXPECT_EQ(action_of(with({}, Action::kTunnel), connect("sts.googleapis.com")), "deny");
}

TEST(Policy, KnowsWhatDoesNotMintTokens) {
  for (const std::string_view host :
       {"storage.googleapis.com", "xsts.googleapis.com", "sts.evil.example", "googleapis.com",
        "iam.googleapis.com", "sts.googleapis.com.evil.example", "securetoken.googleapis.com"}) {
    EXPECT_FALSE(mints_tokens(host, "googleapis.com")) << host;
  }
}

TEST(Policy, ARuleThatNamesTheHostLiftsThat) {
  const Config config = with({tunnel("sts.googleapis.com"), inject("iamcredentials.googleapis.com"),
                              inject("*.googleapis.com")});
  EXPECT_EQ(action_of(config, connect("sts.googleapis.com")), "tunnel");
  EXPECT_EQ(action_of(config, request("iamcredentials.googleapis.com")), "inject");
  EXPECT_EQ(action_of(config, request("oauth2.googleapis.com")), "deny");
  EXPECT_EQ(action_of(config, request("us.sts.googleapis.com")), "deny");
}

TEST(Policy, ARuleWithAWildcardBesideTheNameLiftsItToo) {
  const Config config = with({rule(Action::kInject, {"*.googleapis.com", "sts.googleapis.com"})});
  EXPECT_EQ(action_of(config, request("sts.googleapis.com")), "inject");
}

// Else a rule for one client would open the token service, with injection, to all others.
TEST(Policy, ARuleForOthersDoesNotLiftIt) {
  Rule limited = tunnel("sts.googleapis.com");
  limited.clients = {*Cidr::parse("192.168.0.0/16")};
  const Config config = with({limited, inject("*.googleapis.com")});
  const Decision decision = decide(config, request("sts.googleapis.com"));
  EXPECT_EQ(decision.action, Action::kDeny);
  EXPECT_EQ(decision.reason, Reason::kRuleDenied);
}

TEST(Policy, ARuleForOtherPathsDoesNotLiftIt) {
  Rule introspect = inject("sts.googleapis.com");
  introspect.paths = {"/v1/introspect"};
  const Config config = with({introspect, inject("*.googleapis.com")});
  const auto judge = [&](std::string_view path) {
    return action_of(config, request("sts.googleapis.com", 443, "POST", path));
  };
  EXPECT_EQ(judge("/v1/introspect"), "inject");
  EXPECT_EQ(judge("/v1/token"), "deny");
}

TEST(Policy, AReportedRuleDoesNotLiftIt) {
  Rule trial = deny("sts.googleapis.com");
  trial.report_only = true;
  EXPECT_EQ(action_of(with({trial, inject("*.googleapis.com")}), request("sts.googleapis.com")),
            "deny");
}

TEST(Policy, KnowsTheUniverseOfEveryIdentity) {
  Config config = with({inject("*.googleapis.com"), inject("*.other.example")});
  config.identities["b"].account.emplace();
  config.identities["b"].account->universe_domain = "other.example";
  EXPECT_EQ(action_of(config, request("sts.googleapis.com")), "deny");
  EXPECT_EQ(action_of(config, request("sts.other.example")), "deny");
  EXPECT_EQ(action_of(config, request("storage.other.example")), "inject");
  EXPECT_EQ(action_of(config, request("sts.third.example")), "deny");  // no rule
}

// b
TEST(Policy, DeniesAnInjectHostOnPortsThatItsRuleDoesNotList) {
  const Config config = defaults();
  for (const std::uint16_t port : {std::uint16_t{80}, std::uint16_t{8443}}) {
    const Decision decision = decide(config, connect("storage.googleapis.com", port));
    EXPECT_EQ(decision.action, Action::kDeny) << port;
    EXPECT_FALSE(decision.covered) << port;
    EXPECT_EQ(decision.rule, nullptr) << port;
    EXPECT_NE(decision.denial.find(std::to_string(port)), std::string::npos);
  }
}

TEST(Policy, AWildcardDoesNotLiftThatAndANameDoes) {
  const Rule any = rule(Action::kTunnel, {"*"}, {});
  EXPECT_EQ(action_of(with({inject("*.googleapis.com"), any}), connect("a.googleapis.com", 8443)),
            "deny");
  const Rule named = rule(Action::kTunnel, {"a.googleapis.com"}, {8443});
  const Config config = with({inject("*.googleapis.com"), named});
  EXPECT_EQ(action_of(config, connect("a.googleapis.com", 8443)), "tunnel");
  EXPECT_EQ(action_of(config, connect("a.googleapis.com", 8444)), "deny");
  EXPECT_EQ(action_of(config, connect("b.googleapis.com", 8443)), "deny");
}

TEST(Policy, PortsOfAllInjectRulesCount) {
  const Config config =
      with({inject("*.googleapis.com"), rule(Action::kInject, {"*.googleapis.com"}, {8443})});
  const Decision decision = decide(config, connect("storage.googleapis.com", 8443));
  EXPECT_EQ(decision.action, Action::kInject);
  EXPECT_EQ(decision.rule_index, 1);
  EXPECT_TRUE(decision.covered);
  EXPECT_EQ(action_of(config, connect("storage.googleapis.com", 80)), "deny");
}

// no certificate for what no inject rule covers.
TEST(Policy, CoversOnlyWhatAnInjectRuleDoes) {
  const Config config = with({deny("a.example"), tunnel("b.example"), inject("*.googleapis.com")});
  EXPECT_FALSE(decide(config, connect("a.example")).covered);
  EXPECT_FALSE(decide(config, connect("b.example")).covered);
  EXPECT_FALSE(decide(config, connect("c.example")).covered);
  EXPECT_FALSE(decide(config, connect("googleapis.com")).covered);
  EXPECT_TRUE(decide(config, connect("x.googleapis.com")).covered);
}

TEST(Policy, ATunnelBeforeAnInjectRuleWins) {
  const Config config = with({tunnel("x.googleapis.com"), inject("*.googleapis.com")});
  EXPECT_EQ(action_of(config, connect("x.googleapis.com")), "tunnel");
}

TEST(Policy, LabelsAreBounded) {
  EXPECT_EQ(decide(defaults(), connect("a.example")).host_label, "other");
  EXPECT_EQ(decide(with({tunnel("*")}), connect("a.example")).host_label, "*");
  EXPECT_EQ(decide(defaults(), connect("sts.googleapis.com")).host_label, "*.googleapis.com");
}

}  // namespace
}  // namespace wif::proxy
