// The first bytes of a client connection on the proxy port: CONNECT, or requests in absolute-form.
// Belongs to one worker.
#pragma once

#include <functional>

#include "base/task.h"
#include "proxy/worker.h"

namespace wif::proxy {

// Serves one client from accept to close; `on_close` is called at the end.
Task<void> serve_connection(Worker& worker, tls::Socket socket, std::function<void()> on_close);

}  // namespace wif::proxy
