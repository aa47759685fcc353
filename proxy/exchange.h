// Read this first: the life of one request, from its head to its log line. Belongs to one worker.
#pragma once

#include <optional>
#include <string>

#include "base/task.h"
#include "http/message.h"
#include "proxy/recent.h"
#include "proxy/worker.h"

namespace wif::proxy {

// The client connection that requests come from.
struct ClientInfo {
  std::string address;  // for the log
  config::IpAddress ip;
  // The CONNECT authority, inside a terminated session; nullopt on the proxy port itself.
  struct Tunnel {
    std::string host;
    std::uint16_t port = 443;
  };
  std::optional<Tunnel> tunnel;
  Recent recent;
};

// Serves one request: judge, get a token, rewrite, send upstream, relay the answer, log. Never
// fails: what goes wrong is answered or, where that is too late, ends the connection.
Task<void> handle_request(Worker& worker, ClientInfo& client, http::ServerStream& stream);

}  // namespace wif::proxy
