#include "proxy/policy.h"

#include <algorithm>

#include "base/text.h"
#include "config/token_url.h"

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

bool lists_method(const Rule& rule, std::string_view method) {
  return rule.methods.empty() ||
         std::find(rule.methods.begin(), rule.methods.end(), method) != rule.methods.end();
}

bool lists_path(const Rule& rule, std::string_view path) {
  return rule.paths.empty() ||
         std::any_of(rule.paths.begin(), rule.paths.end(), [&](std::string_view pattern) {
           if (!pattern.ends_with('*')) return path == pattern;
           return path.starts_with(pattern.substr(0, pattern.size() - 1));
         });
}

// Whether a rule for this port names the host itself, without a wildcard.
bool names_host(const Config& config, const Target& target) {
  for (const Rule& rule : config.rules) {
    const HostPattern* pattern = matching_pattern(rule, target.host);
    if (pattern != nullptr && pattern->is_exact() && lists_port(rule, target.port)) return true;
  }
  return false;
}

std::string_view universe_of(const Config& config) {
  const auto found = config.identities.find("default");
  if (found == config.identities.end() || !found->second.account) return "googleapis.com";
  return found->second.account->universe_domain;
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

// What an inject rule says of the host whatever the port, for b and.
const Rule* inject_rule_of(const Config& config, std::string_view host) {
  for (const Rule& rule : config.rules) {
    if (rule.action == Action::kInject && matching_pattern(rule, host) != nullptr) return &rule;
  }
  return nullptr;
}

// Tries the rules in order. At CONNECT (no method yet) a rule that looks into requests decides only
// if it injects: anything else is judged per request.
Decision first_match(const Config& config, const Target& target) {
  Decision decision;
  const bool connecting = target.method.empty();
  for (std::size_t i = 0; i < config.rules.size(); ++i) {
    const Rule& rule = config.rules[i];
    const HostPattern* pattern = matching_pattern(rule, target.host);
    if (pattern == nullptr || !lists_port(rule, target.port)) continue;
    if (!admits_client(rule, target.client)) {
      decision.reason = Reason::kClientNotAllowed;
      continue;
    }
    const bool looks_inside = !rule.methods.empty() || !rule.paths.empty();
    if (connecting && looks_inside && rule.action != Action::kInject) continue;
    if (!connecting && !(lists_method(rule, target.method) && lists_path(rule, target.path))) {
      continue;
    }
    if (rule.report_only && rule.action == Action::kDeny) {
      if (decision.reported_rule < 0) decision.reported_rule = static_cast<int>(i);
      continue;
    }
    decision.reason = Reason::kRuleDenied;
    decision.rule = &rule;
    decision.rule_index = static_cast<int>(i);
    decision.action = rule.action;
    decision.host_label = pattern->text();
    return decision;
  }
  decision.action = config.default_action;
  return decision;
}

}  // namespace

bool mints_tokens(std::string_view host, std::string_view universe) {
  return config::is_service_host(host, "sts", universe) ||
         config::is_service_host(host, "iamcredentials", universe) ||
         config::is_service_host(host, "oauth2", universe);
}

Decision decide(const Config& config, const Target& target) {
  Decision decision = first_match(config, target);
  const Rule* inject = inject_rule_of(config, target.host);
  decision.covered = inject != nullptr && lists_port(*inject, target.port);
  if (decision.covered && decision.host_label == "other") {
    decision.host_label = matching_pattern(*inject, target.host)->text();
  }
  if (!names_host(config, target)) {
    if (mints_tokens(target.host, universe_of(config))) {
      return denied(std::move(decision),
                    std::string(target.host) +
                        " mints tokens and is denied unless a rule names it. " +
                        rules_place(config));
    }
    if (inject != nullptr && !lists_port(*inject, target.port)) {
      return denied(std::move(decision),
                    "port " + std::to_string(target.port) + " of " + std::string(target.host) +
                        " is not listed by its inject rule. " + rules_place(config));
    }
  }
  if (decision.action != Action::kDeny) return decision;
  const std::string host(target.host);
  const std::string why = decision.rule != nullptr
                              ? host + " is denied by rule " + std::to_string(decision.rule_index)
                              : "no rule admits " + host;
  return denied(std::move(decision), why + ". " + rules_place(config));
}

}  // namespace wif::proxy
