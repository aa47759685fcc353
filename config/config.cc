#include "config/config.h"

#include <algorithm>

#include "base/text.h"

namespace wif::config {

std::string UpstreamProxy::to_string() const { return uri_host(host) + ":" + std::to_string(port); }

std::vector<Endpoint> all_listeners(const Listeners& listeners) {
  std::vector<Endpoint> all = listeners.proxy;
  if (listeners.sni) all.push_back(*listeners.sni);
  if (listeners.metadata) all.push_back(*listeners.metadata);
  if (listeners.admin) all.push_back(*listeners.admin);
  return all;
}

bool all_on_loopback(const Listeners& listeners) {
  const auto all = all_listeners(listeners);
  return std::all_of(all.begin(), all.end(),
                     [](const Endpoint& endpoint) { return endpoint.address.is_loopback(); });
}

bool is_within(std::string_view name, std::string_view suffix) {
  return name == suffix || (name.size() > suffix.size() && name.ends_with(suffix) &&
                            name[name.size() - suffix.size() - 1] == '.');
}

std::vector<std::string> ca_suffixes(const Config& config) {
  if (!config.ca.name_constraints.empty()) return config.ca.name_constraints;
  std::vector<std::string> suffixes;
  for (const Rule& rule : config.rules) {
    if (rule.action != Action::kInject) continue;
    for (const HostPattern& host : rule.hosts) suffixes.emplace_back(host.suffix());
  }
  // Shorter ones first, so that each stays only if nothing before it covers it.
  std::sort(suffixes.begin(), suffixes.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  std::vector<std::string> least;
  for (auto& suffix : suffixes) {
    const bool covered = std::any_of(least.begin(), least.end(), [&](const std::string& wider) {
      return is_within(suffix, wider);
    });
    if (!covered) least.push_back(std::move(suffix));
  }
  return least;
}

}  // namespace wif::config
