// The client's TLS, terminated with a leaf of our CA, and the requests inside it. Belongs to one
// worker.
#pragma once

#include <memory>
#include <string>

#include "base/task.h"
#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace wif::proxy {

// `client.tunnel` names the host; `already_read` are bytes of the session that came before. The
// caller has limited `tcp` by handshake_timeout, which includes the wait for the ClientHello.
// Closes without a certificate when the client does not speak TLS or asks for another
// name.
Task<void> intercept(Worker& worker, ClientInfo& client, ClientGuard& guard,
                     std::unique_ptr<tls::TcpConnection> tcp, std::string already_read);

}  // namespace wif::proxy
