#include "proxy/policy.h"

#include <algorithm>

#include "base/text.h"
#include "config/token_url.h"
#include "proxy/path_forms.h"

namespace wif::proxy {
namespace {

using config::Action;
using config::Config;
using config::HostPattern;
using config::Rule;

const HostPattern* matching_pattern(const Rule& rule, std::string_view host) {
  for (const HostPattern& pattern : rule.hosts) {
    if (pattern.matches(host)) return &pattern;
  }
  return nullptr;
}

bool lists_port(const Rule& rule, std::uint16_t port) {
  return rule.ports.empty() ||
         std::find(rule.ports.begin(), rule.ports.end(), port) != rule.ports.end();
}

bool admits_client(const Rule& rule, const config::IpAddress& client) {
  return rule.clients.empty() ||
         std::any_of(rule.clients.begin(), rule.clients.end(),
                     [&](const config::Cidr& cidr) { return cidr.contains(client); });
}

// Without regard to case: an override header may be written in any, and a deny must not miss it.
bool lists_method(const Rule& rule, std::string_view method) {
  return rule.methods.empty() ||
         std::any_of(rule.methods.begin(), rule.methods.end(),
                     [method](std::string_view listed) { return iequals(listed, method); });
}

// A path may be read in several ways: in doubt a deny rule matches, and no other does.
bool lists_path(const Rule& rule, std::string_view path) {
  if (rule.paths.empty()) return true;
  const PathForms forms(path);
  return rule.action == Action::kDeny ? forms.may_be(rule.paths) : forms.is(rule.paths);
}

// Whether the rule names the host itself, without a wildcard.
bool names_host(const Rule& rule, std::string_view host) {
  return std::any_of(rule.hosts.begin(), rule.hosts.end(), [host](const HostPattern& pattern) {
    return pattern.is_exact() && pattern.matches(host);
  });
}

// In the universe of any identity: a client could ask the token service of each.
bool mints_tokens_somewhere(const Config& config, std::string_view host) {
  if (mints_tokens(host, "googleapis.com")) return true;
  return std::any_of(config.identities.begin(), config.identities.end(), [host](const auto& entry) {
    const auto& account = entry.second.account;
    return account && account->universe_domain != "googleapis.com" &&
           mints_tokens(host, account->universe_domain);
  });
}

std::string rules_place(const Config& config) {
  return config.file.empty()
             ? "Add a rule for it (--inject, --deny, or \"rules\" in a configuration file)"
             : "Change \"rules\" in " + config.file;
}

Decision denied(Decision decision, std::string why) {
  decision.action = Action::kDeny;
  decision.denial = std::move(why);
  return decision;
}

// What denies is no rule's doing.
Decision denied_by_default(Decision decision, std::string why) {
  decision.rule = nullptr;
  decision.rule_index = -1;
  decision.reason = Reason::kRuleDenied;
  return denied(std::move(decision), std::move(why));
}

// Tries the rules in order. At CONNECT (no method yet) a rule that looks into requests decides only
// if it injects: anything else is judged per request.
Decision first_match(const HostRules& rules, std::string_view method, std::string_view path) {
  Decision decision;
  const bool connecting = method.empty();
  for (const HostRules::Match& match : rules.matches) {
    const Rule& rule = rules.config->rules[static_cast<std::size_t>(match.index)];
    if (!match.admits_client) {
      decision.reason = Reason::kClientNotAllowed;
      continue;
    }
    const bool looks_inside = !rule.methods.empty() || !rule.paths.empty();
    if (connecting && looks_inside && rule.action != Action::kInject) continue;
    if (!connecting && !(lists_method(rule, method) && lists_path(rule, path))) continue;
    if (rule.report_only && rule.action == Action::kDeny) {
      if (decision.reported_rule < 0) decision.reported_rule = match.index;
      continue;
    }
    decision.reason = Reason::kRuleDenied;
    decision.rule = &rule;
    decision.rule_index = match.index;
    decision.action = rule.action;
    decision.host_label = match.pattern->text();
    return decision;
  }
  decision.action = rules.config->default_action;
  return decision;
}

}  // namespace

bool mints_tokens(std::string_view host, std::string_view universe) {
  return config::is_service_host(host, "sts", universe) ||
         config::is_service_host(host, "iamcredentials", universe) ||
         config::is_service_host(host, "oauth2", universe);
}

HostRules rules_for(const Config& config, std::string_view host, std::uint16_t port,
                    const config::IpAddress& client) {
  HostRules found;
  found.host = host;
  found.port = port;
  found.client = client;
  found.config = &config;
  for (std::size_t i = 0; i < config.rules.size(); ++i) {
    const Rule& rule = config.rules[i];
    const HostPattern* pattern = matching_pattern(rule, host);
    if (pattern == nullptr) continue;
    const bool listed = lists_port(rule, port);
    if (listed) {
      found.matches.push_back({static_cast<int>(i), pattern, admits_client(rule, client)});
    }
    if (rule.action != Action::kInject || found.covering != nullptr) continue;
    if (listed) {
      found.covering = pattern;
    } else {
      found.on_other_ports = true;
    }
  }
  found.mints_tokens = mints_tokens_somewhere(config, host);
  return found;
}

Decision decide(const HostRules& rules, std::string_view method, std::string_view path) {
  Decision decision = first_match(rules, method, path);
  decision.covered = rules.covering != nullptr;
  if (decision.covered && decision.host_label == "other") {
    decision.host_label = rules.covering->text();
  }
  const Config& config = *rules.config;
  // Only the rule that decides may lift: one for other clients or paths does not.
  if (decision.rule == nullptr || !names_host(*decision.rule, rules.host)) {
    if (rules.mints_tokens) {
      return denied_by_default(std::move(decision),
                               rules.host + " mints tokens and is denied unless a rule names it. " +
                                   rules_place(config));
    }
    if (!decision.covered && rules.on_other_ports) {
      return denied_by_default(std::move(decision),
                               "port " + std::to_string(rules.port) + " of " + rules.host +
                                   " is not listed by its inject rule. " + rules_place(config));
    }
  }
  if (decision.action != Action::kDeny) return decision;
  const std::string why = decision.rule != nullptr ? rules.host + " is denied by rule " +
                                                         std::to_string(decision.rule_index)
                                                   : "no rule admits " + rules.host;
  return denied(std::move(decision), why + ". " + rules_place(config));
}

Decision decide(const Config& config, const Target& target) {
  return decide(rules_for(config, target.host, target.port, target.client), target.method,
                target.path);
}

}  // namespace wif::proxy
