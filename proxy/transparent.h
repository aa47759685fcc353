// The transparent listener (listen.sni): clients that know of no proxy, and whose TLS was steered
// here. Belongs to one worker.
#pragma once

#include <memory>

#include "base/task.h"
#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace wif::proxy {

// Serves one client from accept to close. The server name of its ClientHello is the only authority
// the rules decide on that name and port 443, and where the packets were sent to
// originally is of no interest. What is refused sees no certificate.
Task<void> serve_transparent(Worker& worker, ClientInfo& client, ClientGuard& guard,
                             std::unique_ptr<tls::TcpConnection> tcp);

}  // namespace wif::proxy
