// The requests of one client connection: one after the other, or at the same time with HTTP/2.
// Belongs to one worker.
#pragma once

#include <functional>

#include "base/task.h"
#include "http/h1_server.h"
#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace wif::proxy {

// Until the client closes, is idle for too long, breaks the protocol, or the worker drains. With
// `have_head` the first head was read already.
Task<void> serve_requests(Worker& worker, ClientInfo& client, ClientGuard& guard,
                          http::H1Server& server, bool have_head);

// The same for HTTP/2, whose preface has not been read yet.
Task<void> serve_http2(Worker& worker, ClientInfo& client, ClientGuard& guard,
                       tls::Transport& transport);

// Answers a request head that could not be parsed and logs it.
Task<void> refuse_malformed(Worker& worker, const ClientInfo& client, http::H1Server& server,
                            const Error& error);

}  // namespace wif::proxy
