// One GET to the admin port with plain blocking sockets: how the commands `healthcheck` and `wait`
// ask a running proxy. No thread, no event loop: they are started every few seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"

namespace wif::proxy {

struct ProbeTarget {
  std::string host;  // a name or an address without brackets
  std::uint16_t port = 80;
  std::string path;
};

struct ProbeAnswer {
  int status = 0;
  std::string body;
};

// "http://HOST[:PORT][/PATH]"; without a path `default_path` is taken. Errors: kConfiguration.
Result<ProbeTarget> parse_probe_url(std::string_view url, std::string_view default_path);

// The admin port of a configuration; one on all addresses is asked on loopback. Errors
// (kConfiguration): the port is off, or chosen by the kernel.
Result<ProbeTarget> admin_target(const config::Config& config, std::string_view path);

// Connecting, sending and each read may take `limit`. Errors (kUpstreamConnect): no whole answer.
Result<ProbeAnswer> probe(const ProbeTarget& target, std::chrono::milliseconds limit);

// "ready", or the reason codes of a /readyz answer: "not ready: token, ca".
std::string describe_readiness(const ProbeAnswer& answer);

}  // namespace wif::proxy
