#include "proxy/connection.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "config/address_policy.h"
#include "config/host_pattern.h"
#include "http/h1_server.h"
#include "http/target.h"
#include "proxy/address.h"
#include "proxy/answer.h"
#include "proxy/intercept.h"
#include "proxy/record.h"
#include "proxy/serve_requests.h"
#include "proxy/small_server.h"
#include "proxy/tunnel.h"

namespace wif::proxy {
namespace {

// What goes on as a TLS session that we terminate.
struct Intercepted {
  std::unique_ptr<tls::TcpConnection> tcp;
  std::string already_read;
};

// A CONNECT while it is judged and answered.
class Connect {
 public:
  Connect(Worker& worker, ClientInfo& client, ClientGuard& guard, http::H1Server& server,
          tls::PlainTransport& transport)
      : worker_(worker), client_(client), guard_(guard), server_(server), transport_(transport) {
    record_.id = worker.next_request_id();
    record_.started = std::chrono::steady_clock::now();
    record_.method = "CONNECT";
  }

  // The session to intercept(), or nullopt: all is over.
  Task<std::optional<Intercepted>> serve();

 private:
  Task<Result<void>> run();
  Result<ClientInfo::Tunnel> target() const;
  Result<void> check_local(const ClientInfo::Tunnel& target) const;
  Task<Result<void>> open_tunnel(const ClientInfo::Tunnel& target);
  Task<Result<void>> say_established();
  Task<void> serve_metadata();

  Worker& worker_;
  ClientInfo& client_;
  ClientGuard& guard_;
  http::H1Server& server_;
  tls::PlainTransport& transport_;
  RequestRecord record_;
  std::optional<Intercepted> intercepted_;
};

// host and port of the target; the Host field of a CONNECT does not take part.
Result<ClientInfo::Tunnel> Connect::target() const {
  TRY(const auto authority, http::parse_authority(server_.head().target));
  if (!authority.port) return Error(Reason::kBadRequest, "the target of a CONNECT needs a port");
  auto host = config::normalize_host(authority.host);
  if (!host) return Error(Reason::kBadRequest, "the target of the CONNECT is not a host name");
  ClientInfo::Tunnel tunnel;
  tunnel.host = *std::move(host);
  tunnel.port = *authority.port;
  return tunnel;
}

Result<void> Connect::check_local(const ClientInfo::Tunnel& target) const {
  const auto literal = config::IpAddress::parse(target.host);
  const bool local = is_local_name(target.host) ||
                     (literal && (config::never_dialled(*literal) ||
                                  is_own_listener(worker_.shared, *literal, target.port)));
  if (!local) return {};
  return Error(Reason::kPrivateAddress, target.host + " is not reachable through the proxy");
}

Task<Result<void>> Connect::say_established() {
  record_.status = 200;
  const bool sent = co_await transport_.enqueue("HTTP/1.1 200 Connection established\r\n\r\n");
  const bool flushed = co_await transport_.flush();
  if (sent && flushed) co_return Result<void>();
  co_return Error(Reason::kClientGone, "the client closed before its CONNECT was answered");
}

Task<std::optional<Intercepted>> Connect::serve() {
  auto result = co_await run();
  if (result || record_.status == 200) co_return std::move(intercepted_);
  const Error& error = result.error();
  record_.reason = row_of(error.reason).name;
  record_.status = status_of(error);
  record_.error = error.what;
  worker_.counters.count_denied(error.reason);
  AnswerContext context;
  context.request_id = record_.id;
  context.rule = record_.decision.rule_index;
  context.diagnostic_header = worker_.shared.config.diagnostic_header;
  auto sent = co_await answer(server_, error, context);
  if (sent) co_await server_.drain(64u << 10);
  finish_record(worker_, client_, record_);
  co_return std::nullopt;
}

Task<Result<void>> Connect::run() {
  CO_TRY(const auto tunnel_target, target());
  record_.host = tunnel_target.host;
  record_.port = tunnel_target.port;
  if (is_metadata_target(worker_.shared, tunnel_target.host, tunnel_target.port) &&
      worker_.shared.config.listen.metadata) {
    CO_TRY_VOID(co_await say_established());
    co_await serve_metadata();
    co_return Result<void>();
  }
  CO_TRY_VOID(check_local(tunnel_target));
  Target target;
  target.host = tunnel_target.host;
  target.port = tunnel_target.port;
  target.client = client_.ip;
  record_.decision = decide(worker_.shared.config, target);
  const config::Action action = record_.decision.action;
  if (action == config::Action::kTunnel) co_return co_await open_tunnel(tunnel_target);
  if (action == config::Action::kDeny && !record_.decision.covered) {
    co_return Error(record_.decision.reason, record_.decision.denial);
  }
  // Inject, or a refusal that the client can read inside TLS.
  CO_TRY_VOID(co_await say_established());
  client_.tunnel = tunnel_target;
  intercepted_ = Intercepted{transport_.release(), server_.take_rest()};
  intercepted_->tcp->limit(worker_.shared.config.limits.handshake_timeout);
  co_return Result<void>();
}

Task<Result<void>> Connect::open_tunnel(const ClientInfo::Tunnel& target) {
  auto route = worker_.route(target.host, target.port, config::Action::kTunnel);
  auto upstream = co_await worker_.dialer.connect(std::move(route));
  if (!upstream) co_return std::move(upstream).error();
  CO_TRY_VOID(co_await say_established());
  guard_.set(ClientConnection::Phase::kBusy);  // our part of a handshake is over
  const std::string rest = server_.take_rest();
  worker_.counters.add_tunnel(1);
  const TunnelBytes bytes = co_await tunnel(transport_.tcp(), **upstream, rest,
                                            worker_.shared.config.limits.tunnel_idle_timeout);
  worker_.counters.add_tunnel(-1);
  record_.bytes_in = bytes.up;
  record_.bytes_out = bytes.down;
  finish_record(worker_, client_, record_);
  co_return Result<void>();
}

// Plain HTTP inside a CONNECT to the metadata server: Node's way (clients.md 2).
Task<void> Connect::serve_metadata() {
  SmallOptions options;
  options.refusal_headers = metadata_headers();
  auto handler = wrap_plain([this](const SmallRequest& request) {
    SmallResponse response = answer_metadata(request, worker_.shared.metadata);
    worker_.counters.count_metadata(metadata_endpoint(request.path), response.status);
    return response;
  });
  co_await serve_small(transport_.release(), std::move(handler), std::move(options));
}

// All that is not inside intercepted TLS. Its parser and its answers take memory that the session
// behind a CONNECT needs no more, so they live in here.
Task<std::optional<Intercepted>> serve_plain(Worker& worker, ClientInfo& client, ClientGuard& guard,
                                             std::unique_ptr<tls::TcpConnection> tcp) {
  tls::PlainTransport transport(std::move(tcp), std::string());
  http::H1Server server(transport, worker.h1_limits, worker.h1_timeouts);
  auto head = co_await server.next();
  if (!head) {
    co_await refuse_malformed(worker, client, server, head.error());
    co_return std::nullopt;
  }
  if (!*head) co_return std::nullopt;
  if (server.head().method == "CONNECT") {
    Connect connect(worker, client, guard, server, transport);
    co_return co_await connect.serve();
  }
  guard.set(ClientConnection::Phase::kBusy);
  co_await serve_requests(worker, client, guard, server, true);
  co_return std::nullopt;
}

}  // namespace

Task<void> serve_connection(Worker& worker, ClientInfo& client, ClientGuard& guard,
                            std::unique_ptr<tls::TcpConnection> tcp) {
  auto inside = co_await serve_plain(worker, client, guard, std::move(tcp));
  if (!inside) co_return;
  co_await intercept(worker, client, guard, std::move(inside->tcp),
                     std::move(inside->already_read));
}

}  // namespace wif::proxy
