// Which host a request is for: one authority, or none at all (threat-model.md 4.3). Pure.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "http/message.h"
#include "proxy/exchange.h"

namespace wif::proxy {

struct RequestTarget {
  std::string host;  // normalised
  std::uint16_t port = 443;
  bool tls = true;                  // of the scheme as the client wrote it
  std::string_view path_and_query;  // what goes upstream
};

// Inside a session the CONNECT authority is the host, and Host or an absolute target must name the
// same (else kHostMismatch, 421). On the proxy port only absolute-form is a request.
Result<RequestTarget> find_target(const http::RequestHead& head,
                                  const std::optional<ClientInfo::Tunnel>& tunnel);

// The path without the query.
std::string_view path_of(std::string_view path_and_query);

}  // namespace wif::proxy
