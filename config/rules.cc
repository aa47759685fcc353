#include "config/rules.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"
#include "config/values.h"

namespace wif::config {
namespace {

using Texts = std::vector<std::string>;

Error error(std::string what) { return Error(Reason::kConfiguration, std::move(what)); }

Result<void> store_hosts(Rule& rule, const Texts& texts) {
  if (texts.empty()) return error("found an empty list; write at least one host");
  for (const auto& text : texts) {
    TRY(auto pattern, HostPattern::parse(text));
    rule.hosts.push_back(std::move(pattern));
  }
  return {};
}

Result<void> store_action(Rule& rule, const Texts& texts) {
  if (texts[0] == "inject") {
    rule.action = Action::kInject;
  } else if (texts[0] == "tunnel") {
    rule.action = Action::kTunnel;
  } else if (texts[0] == "deny") {
    rule.action = Action::kDeny;
  } else {
    return value_error(texts[0], "write inject, tunnel or deny");
  }
  return {};
}

Result<void> store_ports(Rule& rule, const Texts& texts) {
  for (const auto& text : texts) {
    const auto port = parse_decimal<std::uint16_t>(text);
    if (!port || *port == 0) return value_error(text, "write a port from 1 to 65535");
    rule.ports.push_back(*port);
  }
  return {};
}

Result<void> store_methods(Rule& rule, const Texts& texts) {
  for (const auto& text : texts) {
    const bool upper = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || c == '-';
    });
    if (!upper) return value_error(text, "write a method in upper case such as GET");
    rule.methods.push_back(text);
  }
  return {};
}

Result<void> store_paths(Rule& rule, const Texts& texts) {
  for (const auto& text : texts) {
    const auto star = text.find('*');
    if (!is_plain_word(text) || text.front() != '/' ||
        text.find_first_of("?#") != std::string::npos ||
        (star != std::string::npos && star + 1 != text.size())) {
      return value_error(text, "write a path that begins with \"/\"; \"*\" may stand at its end");
    }
    rule.paths.push_back(text);
  }
  return {};
}

Result<void> store_clients(Rule& rule, const Texts& texts) {
  for (const auto& text : texts) {
    TRY(const auto cidr, Cidr::parse(text));
    rule.clients.push_back(cidr);
  }
  return {};
}

Result<void> store_identity(Rule& rule, const Texts& texts) {
  rule.identity = texts[0];
  return {};
}

Result<void> store_user_project(Rule& rule, const Texts& texts) {
  if (!is_plain_word(texts[0])) {
    return value_error(texts[0], "write keep, remove or the id of a project");
  }
  rule.user_project = texts[0];
  return {};
}

Result<bool> passes(const std::string& text) {
  if (text == "pass") return true;
  if (text == "refuse") return false;
  return value_error(text, "write refuse or pass");
}

Result<void> store_query_tokens(Rule& rule, const Texts& texts) {
  TRY(rule.pass_query_tokens, passes(texts[0]));
  return {};
}

Result<void> store_signed_urls(Rule& rule, const Texts& texts) {
  TRY(rule.pass_signed_urls, passes(texts[0]));
  return {};
}

Result<void> store_upgrade_http(Rule& rule, const Texts& texts) {
  TRY(rule.upgrade_http, parse_boolean(texts[0]));
  return {};
}

Result<void> store_mode(Rule& rule, const Texts& texts) {
  if (texts[0] != "enforce" && texts[0] != "report") {
    return value_error(texts[0], "write enforce or report");
  }
  rule.report_only = texts[0] == "report";
  return {};
}

using enum RuleKeyType;

constexpr std::array<RuleKey, 12> kRuleKeys{{
    {"hosts", kTextList, "required",
     "exact name, `*.` and a suffix (any depth below it, not the suffix itself), or `*`",
     store_hosts},
    {"action", kText, "required", "`inject`, `tunnel` or `deny`", store_action},
    {"ports", kIntegerList, "443; `deny`: all", "ports of the host; `[]` in a tunnel rule: all",
     store_ports},
    {"methods", kTextList, "any", "request methods, of intercepted requests", store_methods},
    {"paths", kTextList, "any",
     "exact paths, or beginnings that end in `*`; of a path that can be read in several ways "
     "(`%2F`, `..`, `//`) a `deny` matches one reading, the others all",
     store_paths},
    {"clients", kTextList, "any", "addresses or CIDRs of clients", store_clients},
    {"identity", kText, "`default`", "whose token is injected", store_identity},
    {"user_project", kText, "`keep`", "`keep`, `remove`, or the `X-Goog-User-Project` to set",
     store_user_project},
    {"query_tokens", kText, "`refuse`",
     "`pass` forwards requests with a token in the query as they are", store_query_tokens},
    {"signed_urls", kText, "`refuse`", "`pass` forwards signed URLs without a token",
     store_signed_urls},
    {"upgrade_http", kBoolean, "true", "send plain http requests over TLS; false refuses them",
     store_upgrade_http},
    {"mode", kText, "`enforce`", "`report` only logs what a deny rule would have done", store_mode},
}};

}  // namespace

std::span<const RuleKey> rule_keys() { return kRuleKeys; }

Result<void> finish_rule(Rule& rule, bool ports_given) {
  if (!ports_given && rule.action != Action::kDeny) rule.ports = {443};
  if (rule.report_only && rule.action != Action::kDeny) {
    return error("mode: found report in a rule that does not deny; it is only for deny rules");
  }
  if (rule.action != Action::kInject) return {};
  if (rule.ports.empty())
    return error("ports: found no port; an inject rule has to name its ports");
  for (const HostPattern& host : rule.hosts) {
    if (host.is_any()) {
      return error(
          "hosts: found \"*\" in an inject rule; a CA cannot be constrained to every host: "
          "name the hosts, such as *.googleapis.com");
    }
    if (host.is_exact() && IpAddress::parse(host.suffix())) {
      return error("hosts: found the address " + host.text() +
                   " in an inject rule; only names can have certificates of ours: name the host");
    }
  }
  return {};
}

std::vector<Rule> default_rules(std::string_view universe, bool tunnel_rest) {
  std::vector<Rule> rules;
  // A universe is a checked domain name, so the pattern is right.
  if (auto pattern = HostPattern::parse("*." + std::string(universe))) {
    Rule inject;
    inject.hosts.push_back(*std::move(pattern));
    inject.action = Action::kInject;
    inject.ports = {443};
    rules.push_back(std::move(inject));
  }
  if (tunnel_rest) {
    Rule tunnel;
    tunnel.hosts.push_back(*HostPattern::parse("*"));
    tunnel.action = Action::kTunnel;
    rules.push_back(std::move(tunnel));
  }
  return rules;
}

}  // namespace wif::config
