// What every worker reads and nobody changes while the server runs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "http/connect_through.h"
#include "http/resolver.h"
#include "proxy/metadata.h"
#include "tls/authority.h"
#include "tls/roots.h"
#include "tls/ticket_keys.h"

namespace wif::proxy {

struct Shared {
  explicit Shared(config::Config config_in, tls::Authority authority_in)
      : config(std::move(config_in)), authority(std::move(authority_in)) {}

  config::Config config;
  tls::Authority authority;
  std::shared_ptr<tls::TicketKeys> tickets;
  tls::UpstreamRoots roots;
  std::unique_ptr<http::Resolver> resolver;
  std::optional<http::ProxyHop> upstream_proxy;  // as the dialler wants it
  Clock clock;
  bool all_on_loopback = true;
  std::vector<config::Endpoint> own_listeners;     // as bound, with their real ports
  std::vector<config::IpAddress> local_addresses;  // of this machine's interfaces
  MetadataView metadata;

  // Hand a wish of a worker to the control thread; thread-safe.
  std::function<void(const std::string& identity)> wake_refresher;
  std::function<void(const std::string& identity, const std::string& fingerprint)> reject_token;
};

}  // namespace wif::proxy
