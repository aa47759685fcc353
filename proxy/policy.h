// Rules to decisions (threat-model.md ): a value that says what happens to a request
// and why, and is logged whole. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "config/host_pattern.h"

namespace wif::proxy {

// Who wants what. For a CONNECT, method and path are empty: they are judged again per request.
struct Target {
  std::string_view host;  // normalised
  std::uint16_t port = 443;
  std::string_view method;
  std::string_view path;  // without the query
  config::IpAddress client;
};

struct Decision {
  config::Action action = config::Action::kDeny;
  const config::Rule* rule = nullptr;  // null: no rule matched, or decided
  int rule_index = -1;
  // An inject pattern covers host and port, so the client trusts our certificate for it: a refusal
  // is answered inside TLS, where clients read it.
  bool covered = false;
  std::string_view host_label = "other";  // pattern that matched; bounded, for metrics
  int reported_rule = -1;                 // a deny rule of mode "report" that would have decided
  Reason reason = Reason::kRuleDenied;    // of a denial
  std::string denial;                     // why and what to change; empty unless denied
};

// What the rules say of one host, port and client, whatever the request is: looked up once for a
// connection, so that a request costs the same with one rule and with a thousand. Views and
// pointers into the configuration.
struct HostRules {
  std::string host;
  std::uint16_t port = 443;
  config::IpAddress client;

  const config::Config* config = nullptr;
  struct Match {
    int index = 0;  // of the rule
    const config::HostPattern* pattern = nullptr;
    bool admits_client = true;
  };
  std::vector<Match> matches;  // in the order of the rules
  // How the inject rules see the host, whoever the client is (R-6.5 b, R-4.1.4).
  const config::HostPattern* covering = nullptr;  // of the first that lists the port too
  bool on_other_ports = false;
  bool mints_tokens = false;  // a
};
HostRules rules_for(const config::Config& config, std::string_view host, std::uint16_t port,
                    const config::IpAddress& client);

// Decides on a request, or on a CONNECT when `method` is empty: then rules that look at methods or
// paths count as possible, so that the connection is intercepted and judged later.
Decision decide(const HostRules& rules, std::string_view method, std::string_view path);
// Both steps at once.
Decision decide(const config::Config& config, const Target& target);

// Whether the host mints tokens (R-6.5 a): sts, iamcredentials, oauth2 of the universe, in every
// form that Google serves them.
bool mints_tokens(std::string_view host, std::string_view universe_domain);

}  // namespace wif::proxy
