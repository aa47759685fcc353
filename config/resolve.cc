#include "config/resolve.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "config/json_text.h"
#include "config/rules.h"

namespace wif::config {
namespace {

void mistake(Draft& draft, const std::string& path, const std::string& what) {
  draft.mistakes.push_back(draft.file.where(path) + path + ": " + what);
}

std::vector<Cidr> cidrs(std::initializer_list<std::string_view> texts) {
  std::vector<Cidr> result;
  for (const auto text : texts) result.push_back(*Cidr::parse(text));
  return result;
}

// whoever reaches a listener off loopback could use the token.
void check_listeners(Draft& draft) {
  Config& config = draft.config;
  if (config.listen.proxy.empty()) {
    config.listen.proxy.push_back(Endpoint{IpAddress::v4(0x7f000001), 3128});
  }
  const auto all = all_listeners(config.listen);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto same = std::find_if(
        all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), [&](const Endpoint& other) {
          return other.port != 0 && other.port == all[i].port && other.address == all[i].address;
        });
    if (same != all.begin() + static_cast<std::ptrdiff_t>(i)) {
      mistake(draft, "listen",
              "found " + all[i].to_string() + " twice; give each listener its own");
    }
  }
  const auto exposed = std::find_if(all.begin(), all.end(), [](const Endpoint& endpoint) {
    return !endpoint.address.is_loopback();
  });
  const bool is_protected = config.listen.allow_non_loopback && config.allow_cidrs_given;
  if (exposed != all.end() && !is_protected && !config.listen.unsafe) {
    mistake(draft, "listen",
            "listener_unprotected: " + exposed->to_string() +
                " can be reached from elsewhere; set listen.allow_non_loopback "
                "(--allow-non-loopback) and name the clients in clients.allow_cidrs "
                "(--allow-cidr), or listen on 127.0.0.1");
  }
  if (config.allow_cidrs_given) return;
  const bool everybody = exposed != all.end() && config.listen.unsafe;
  config.allow_cidrs = everybody ? cidrs({"0.0.0.0/0", "::/0"}) : cidrs({"127.0.0.0/8", "::1/128"});
}

// --inject replaces the rules, --deny stands in front of them.
void add_flag_rules(Draft& draft) {
  Config& config = draft.config;
  if (!draft.inject_flags.empty()) {
    Rule rule;
    rule.hosts = draft.inject_flags;
    rule.action = Action::kInject;
    if (const auto finished = finish_rule(rule, false); !finished) {
      draft.usage_mistakes.push_back("--inject: " + finished.error().what);
    }
    config.rules = {std::move(rule)};
    config.rules_given = true;
  }
  if (!config.rules_given) {
    const auto found = config.identities.find("default");
    const bool known = found != config.identities.end() && found->second.account;
    const bool denied = draft.default_action_given && config.default_action == Action::kDeny;
    config.rules = default_rules(known ? found->second.account->universe_domain : "googleapis.com",
                                 all_on_loopback(config.listen) && !denied);
  }
  if (!draft.deny_flags.empty()) {
    Rule rule;
    rule.hosts = draft.deny_flags;
    rule.action = Action::kDeny;
    config.rules.insert(config.rules.begin(), std::move(rule));
  }
}

void check_rules(Draft& draft) {
  const Config& config = draft.config;
  for (std::size_t i = 0; i < config.rules.size(); ++i) {
    const Rule& rule = config.rules[i];
    if (rule.action != Action::kInject) continue;
    const std::string path = json_element("rules", i);
    if (!config.identities.contains(rule.identity)) {
      mistake(
          draft, path + ".identity",
          "there is no identity \"" + rule.identity + "\"; add it to identities or name another");
    }
    const auto& domains = config.ca.name_constraints;
    for (const HostPattern& host : rule.hosts) {
      const bool covered =
          domains.empty() || std::any_of(domains.begin(), domains.end(), [&](const auto& domain) {
            return is_within(host.suffix(), domain);
          });
      if (!covered) {
        mistake(draft, path + ".hosts",
                "found " + host.text() +
                    ", which ca.name_constraints does not cover; add its "
                    "domain there or remove the host");
      }
    }
  }
}

void check_ca(Draft& draft) {
  const CaOptions& ca = draft.config.ca;
  if (ca.cert.empty() != ca.key.empty()) {
    mistake(draft, ca.cert.empty() ? "ca.key" : "ca.cert",
            "found only one of ca.cert and ca.key; give both or neither");
  }
  if (ca.allow_unconstrained && ca.cert.empty()) {
    mistake(draft, "ca.allow_unconstrained",
            "found without ca.cert; it is only for a CA brought along");
  }
}

void check_limits(Draft& draft) {
  const Limits& limits = draft.config.limits;
  if (limits.max_field_bytes > limits.max_header_bytes) {
    mistake(draft, "limits.max_field_bytes",
            "found more than limits.max_header_bytes, in which a field has to fit");
  }
  if (limits.max_connections_per_source > limits.max_connections) {
    // Not a mistake when only the total was lowered.
    draft.config.limits.max_connections_per_source = limits.max_connections;
  }
  if (draft.config.drain.min > draft.config.drain.max) {
    mistake(draft, "drain.min",
            "found more than drain.max; accepting ends before the process does");
  }
}

}  // namespace

void resolve(Draft& draft, const Environment& environment) {
  resolve_identities(draft, environment);
  check_listeners(draft);
  add_flag_rules(draft);
  check_rules(draft);
  check_ca(draft);
  check_limits(draft);
}

}  // namespace wif::config
