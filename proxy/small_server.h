// A server for small whole requests and answers, plain HTTP/1.1: the admin port and the metadata
// emulation. Bodies of requests are dropped, answers are strings. Not a proxy: CONNECT is answered
// 405, absolute-form 400. A connection belongs to one io_context.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "config/address.h"
#include "http/headers.h"
#include "http/message.h"
#include "tls/tcp.h"

namespace wif::proxy {

// Views live until the answer is sent.
struct SmallRequest {
  SmallRequest(std::string_view method_in, std::string_view target, std::string_view host_in,
               const http::Headers& headers_in);

  std::string_view method;
  std::string_view path;   // as received, before "?"
  std::string_view query;  // behind "?", without it
  std::string_view host;   // Host header as received, "" where there was none
  const http::Headers& headers;
  config::IpAddress peer{};   // who asks
  config::IpAddress local{};  // the address that was connected to
  bool has_body = false;
};

struct SmallResponse {
  SmallResponse() = default;
  SmallResponse(int status_in, std::string content_type_in, std::string body_in)
      : status(status_in), content_type(std::move(content_type_in)), body(std::move(body_in)) {}

  int status = 200;
  std::string content_type;  // "" = no such field
  // Beside content-type and content-length; names in lower case, static text.
  std::vector<std::pair<std::string_view, std::string>> headers;
  std::string body;
  std::chrono::seconds delay{0};  // before the answer is sent; shorter when the client goes away
};

// The request lives until the returned task has ended.
using SmallHandler = std::function<Task<SmallResponse>(const SmallRequest&)>;

// A handler that needs no waiting.
SmallHandler wrap_plain(std::function<SmallResponse(const SmallRequest&)> handler);

struct SmallOptions {
  SmallOptions() {}  // not an aggregate, because it is passed to coroutines

  std::size_t max_head_bytes = 8u << 10;
  std::chrono::milliseconds idle{60'000};     // between two requests
  std::chrono::milliseconds request{10'000};  // a head; a body; a client that does not read
  // Sent with the answers that the server makes itself (400, 405, 408, 414, 431).
  std::vector<std::pair<std::string_view, std::string>> refusal_headers;
};

// One connection, until the client closes, is idle, or breaks the rules. `tcp` is shut down by
// whoever wants it to end sooner. Never throws for what the client did.
Task<void> serve_small(std::unique_ptr<tls::TcpConnection> tcp, SmallHandler handler,
                       SmallOptions options);

// For requests that arrive on the proxy port and are answered in place: what a handler sees of
// them. `path_and_query` is the target in origin-form; `host` is the Host header until the caller
// sets it.
SmallRequest to_small_request(const http::RequestHead& head, std::string_view path_and_query,
                              const config::IpAddress& peer);

// Sends such an answer on any stream; the body is left out for HEAD. Both must outlive the task.
Task<Result<void>> respond_small(http::ServerStream& stream, const SmallResponse& response);

}  // namespace wif::proxy
