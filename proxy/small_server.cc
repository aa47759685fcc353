#include "proxy/small_server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "http/h1_server.h"
#include "proxy/answer.h"
#include "tls/transport.h"

namespace wif::proxy {
namespace {

constexpr std::size_t kMaxDroppedBytes = 64u << 10;

// The address of our end of a connection; all zero when it cannot be told.
config::IpAddress local_address(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof(v4));
    return config::IpAddress::v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &storage, sizeof(v6));
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return config::IpAddress(bytes);
}

http::H1Limits limits_of(const SmallOptions& options) {
  http::H1Limits limits;
  limits.max_request_line_bytes = options.max_head_bytes;
  limits.max_header_bytes = options.max_head_bytes;
  limits.max_field_bytes = options.max_head_bytes;
  return limits;
}

http::H1ServerTimeouts timeouts_of(const SmallOptions& options) {
  http::H1ServerTimeouts timeouts;
  timeouts.header = options.request;
  timeouts.idle = options.idle;
  timeouts.stream_idle = options.request;
  timeouts.write = options.request;
  return timeouts;
}

SmallResponse refusal(int status, std::string_view sentence, const SmallOptions& options) {
  SmallResponse response(status, "text/plain; charset=UTF-8", std::string(sentence) + "\n");
  response.headers = options.refusal_headers;
  return response;
}

// What a request is answered with before any handler sees it; status 0 = nothing.
SmallResponse check_form(const http::RequestHead& head, const SmallOptions& options) {
  if (head.method == "CONNECT") {
    SmallResponse refused = refusal(405, "this port is not a proxy", options);
    refused.headers.emplace_back("allow", "GET, HEAD");
    return refused;
  }
  if (!head.target.starts_with('/') && head.target != "*") {
    return refusal(400, "this port is not a proxy", options);
  }
  SmallResponse none;
  none.status = 0;
  return none;
}

// Reads a small body away, so that the connection can go on; leaves a large one.
Task<void> drop_body(http::H1Server& server) {
  if (server.head().expect_continue) co_return;  // the client waits, and need not send it
  std::size_t dropped = 0;
  while (!server.body_done() && dropped < kMaxDroppedBytes) {
    const auto chunk = co_await server.read();
    if (!chunk) co_return;
    dropped += chunk->data.size();
  }
}

// Whatever the client still sends is read away for a moment, so that it gets to read the answer.
Task<void> end_connection(http::H1Server& server, tls::Transport& transport) {
  transport.close_write();
  if (!server.body_done()) co_await server.drain(kMaxDroppedBytes);
}

// One request that was read; whether the connection may go on.
Task<bool> serve_request(http::H1Server& server, tls::Transport& transport,
                         const SmallRequest& request, const SmallHandler& handler,
                         const SmallOptions& options) {
  co_await drop_body(server);
  if (!server.body_done()) server.close_after();
  SmallResponse response = check_form(server.head(), options);
  if (response.status != 0) {
    server.close_after();
  } else {
    response = co_await handler(request);
  }
  // Ends early when the client goes away (or, harmlessly, sends its next request).
  if (response.delay.count() > 0) co_await transport.tcp().readable_within(response.delay);
  const auto sent = co_await respond_small(server, response);
  co_return sent&& server.reusable();
}

Task<void> refuse(http::H1Server& server, const Error& error, const SmallOptions& options) {
  server.close_after();
  server.head().method = {};  // may be a view into a head that is gone
  const SmallResponse response = refusal(status_of(error), error.what, options);
  const auto sent = co_await respond_small(server, response);
  static_cast<void>(sent);  // the connection ends in any case
}

}  // namespace

SmallRequest::SmallRequest(std::string_view method_in, std::string_view target,
                           std::string_view host_in, const http::Headers& headers_in)
    : method(method_in),
      path(target.substr(0, target.find('?'))),
      host(host_in),
      headers(headers_in) {
  if (path.size() < target.size()) query = target.substr(path.size() + 1);
}

SmallHandler wrap_plain(std::function<SmallResponse(const SmallRequest&)> handler) {
  struct Wrapped {
    std::function<SmallResponse(const SmallRequest&)> handler;
    Task<SmallResponse> operator()(const SmallRequest& request) const {
      SmallResponse response = handler(request);
      co_return response;
    }
  };
  return Wrapped{std::move(handler)};
}

SmallRequest to_small_request(const http::RequestHead& head, std::string_view path_and_query,
                              const config::IpAddress& peer) {
  SmallRequest request(head.method, path_and_query, head.authority, head.headers);
  request.peer = peer;
  request.has_body = head.has_body();
  return request;
}

Task<Result<void>> respond_small(http::ServerStream& stream, const SmallResponse& response) {
  http::ResponseHead head;
  head.status = response.status;
  head.content_length = response.body.size();
  if (!response.content_type.empty()) {
    head.headers.add_view("content-type", response.content_type);
  }
  for (const auto& [name, value] : response.headers) head.headers.add_view(name, value);
  const bool last = stream.head().method == "HEAD" || response.body.empty();
  auto begun = co_await stream.respond(head, last);
  if (!begun || last) co_return begun;
  auto written = co_await stream.write(response.body, true);
  co_return written;
}

Task<void> serve_small(std::unique_ptr<tls::TcpConnection> tcp, SmallHandler handler,
                       SmallOptions options) {
  const auto peer = config::IpAddress::parse(tcp->peer_address());
  const config::IpAddress local = local_address(tcp->descriptor());
  tls::PlainTransport transport(std::move(tcp), "");
  const http::H1Limits limits = limits_of(options);
  const http::H1ServerTimeouts timeouts = timeouts_of(options);
  http::H1Server server(transport, limits, timeouts);
  bool go_on = true;
  while (go_on) {
    const auto next = co_await server.next();
    if (!next) {
      if (!server.silent_close()) co_await refuse(server, next.error(), options);
      break;
    }
    if (!*next) break;
    SmallRequest request =
        to_small_request(server.head(), server.head().target, peer.value_or(config::IpAddress{}));
    request.local = local;
    go_on = co_await serve_request(server, transport, request, handler, options);
  }
  co_await end_connection(server, transport);
}

}  // namespace wif::proxy
