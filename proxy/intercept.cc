#include "proxy/intercept.h"

#include <utility>

#include "base/log.h"
#include "config/host_pattern.h"
#include "http/h1_server.h"
#include "proxy/hello.h"
#include "proxy/serve_requests.h"
#include "tls/stream.h"

namespace wif::proxy {
namespace {

// without SNI the CONNECT authority stands in.
bool names_tunnel(const tls::ClientHello& hello, const ClientInfo::Tunnel& tunnel) {
  return hello.server_name.empty() || config::normalize_host(hello.server_name) == tunnel.host;
}

// With a leaf for the host that the client asks for; null where that is refused, which was said.
Task<std::unique_ptr<tls::Stream>> accept_session(Worker& worker, const ClientInfo& client,
                                                  std::unique_ptr<tls::TcpConnection> tcp,
                                                  std::string already_read) {
  const std::string& host = client.tunnel->host;
  tls::ClientHello hello;
  const HelloOutcome outcome = co_await read_hello(*tcp, already_read, hello);
  if (outcome == HelloOutcome::kNotTls) {
    log::warn("tls_expected", {{"host", host}, {"client", client.address}});
    worker.counters.count_denied(Reason::kBadRequest);
  }
  if (outcome != HelloOutcome::kReady) co_return nullptr;
  if (!names_tunnel(hello, *client.tunnel)) {
    log::warn("authority_mismatch",
              {{"host", host}, {"server_name", hello.server_name}, {"client", client.address}});
    worker.counters.count_denied(Reason::kHostMismatch);
    refuse_name(*tcp);
    co_return nullptr;
  }
  auto context = worker.leaves.context_for(host);
  if (!context) {
    log::warn("leaf_refused", {{"host", host}, {"error", context.error().what}});
    worker.counters.count_denied(context.error().reason);
    co_return nullptr;
  }
  auto stream = co_await tls::Stream::accept(std::move(tcp), *context, std::move(already_read));
  if (!stream) {
    log::info("client_tls_failed",
              {{"host", host}, {"client", client.address}, {"error", stream.error().what}});
    co_return nullptr;
  }
  co_return *std::move(stream);
}

Task<void> serve_http1(Worker& worker, ClientInfo& client, ClientGuard& guard,
                       tls::Stream& stream) {
  http::H1Server server(stream, worker.h1_limits, worker.h1_timeouts);
  co_await serve_requests(worker, client, guard, server, false);
  // Behind a cut answer close_notify would say that all of it was sent.
  if (server.response_done()) stream.close_write();
  co_await stream.flush();
}

}  // namespace

Task<void> intercept(Worker& worker, ClientInfo& client, ClientGuard& guard,
                     std::unique_ptr<tls::TcpConnection> tcp, std::string already_read) {
  const auto stream =
      co_await accept_session(worker, client, std::move(tcp), std::move(already_read));
  if (!stream) co_return;
  guard.set(ClientConnection::Phase::kIdle);
  if (stream->alpn() == "h2") {
    co_await serve_http2(worker, client, guard, *stream);
  } else {
    co_await serve_http1(worker, client, guard, *stream);
  }
}

}  // namespace wif::proxy
