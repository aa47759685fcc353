// The first bytes of a client connection on the proxy port: CONNECT, or requests in absolute-form.
// Belongs to one worker.
#pragma once

#include <memory>

#include "base/task.h"
#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace wif::proxy {

// Serves one client from accept to close.
Task<void> serve_connection(Worker& worker, ClientInfo& client, ClientGuard& guard,
                            std::unique_ptr<tls::TcpConnection> tcp);

}  // namespace wif::proxy
