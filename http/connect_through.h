// A connection by way of an HTTP proxy in front of us (RFC 9110 9.3.6). Belongs to one worker.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/task.h"
#include "tls/tcp.h"

namespace wif::http {

// The proxy of `upstream.proxy`.
struct ProxyHop {
  std::string host;
  std::uint16_t port = 0;
  Secret authorization;                                   // value of Proxy-Authorization, or empty
  std::function<bool(const asio::ip::address&)> allowed;  // which addresses it may have
};

// Asks the proxy at the other end of `tcp` for a connection to that host and port; afterwards `tcp`
// is that connection, with every byte of it unread. The caller has set a limit(). Errors:
// kUpstreamConnect, saying what the proxy answered and what to change; `name` is what they call the
// destination. The references outlive the task.
Task<Result<void>> connect_through(tls::TcpConnection& tcp, const ProxyHop& hop,
                                   const std::string& host, std::uint16_t port,
                                   const std::string& name);

}  // namespace wif::http
