#include "proxy/transparent.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "config/host_pattern.h"
#include "proxy/address.h"
#include "proxy/answer.h"
#include "proxy/hello.h"
#include "proxy/intercept.h"
#include "proxy/record.h"
#include "proxy/tunnel.h"

namespace wif::proxy {
namespace {

constexpr std::uint16_t kHttps = 443;

// One connection while it is judged.
class Arrival {
 public:
  Arrival(Worker& worker, ClientInfo& client, ClientGuard& guard, tls::TcpConnection& tcp)
      : worker_(worker), client_(client), guard_(guard), tcp_(tcp) {
    record_.id = worker.next_request_id();
    record_.started = std::chrono::steady_clock::now();
    record_.method = "TLS";
    record_.port = kHttps;
  }

  // True: the session is to be intercepted, and its first bytes are in already_read().
  Task<bool> serve();
  std::string already_read() { return std::move(bytes_); }

 private:
  Result<std::string> named_host() const;
  void judge(const std::string& host);
  Task<void> open_tunnel(const std::string& host);
  Task<Result<void>> pass_through(const std::string& host);
  void deny(const Error& error);

  Worker& worker_;
  ClientInfo& client_;
  ClientGuard& guard_;
  tls::TcpConnection& tcp_;
  tls::ClientHello hello_;
  std::string bytes_;  // read so far
  RequestRecord record_;
};

Task<bool> Arrival::serve() {
  tcp_.limit(worker_.shared.config.limits.handshake_timeout);
  const HelloOutcome outcome = co_await read_hello(tcp_, bytes_, hello_);
  if (outcome == HelloOutcome::kGone) co_return false;
  if (outcome == HelloOutcome::kNotTls) {
    deny(Error(Reason::kBadRequest, "a TLS ClientHello was expected"));
    co_return false;
  }
  auto host = named_host();
  if (!host) {
    deny(host.error());
    refuse_name(tcp_);
    co_return false;
  }
  judge(*host);
  const Decision& decision = record_.decision;
  if (decision.action == config::Action::kTunnel) {
    co_await open_tunnel(*host);
  } else if (decision.action == config::Action::kInject || decision.covered) {
    // Inject, or a refusal that the client can read inside TLS.
    client_.tunnel = ClientInfo::Tunnel{*std::move(host), kHttps};
    co_return true;
  } else {
    deny(Error(decision.reason, decision.denial));
    refuse_name(tcp_);
  }
  co_return false;
}

Result<std::string> Arrival::named_host() const {
  if (hello_.server_name.empty()) {
    return Error(Reason::kBadRequest, "the ClientHello has no server name");
  }
  auto host = config::normalize_host(hello_.server_name);
  // An address is no server name (RFC 6066 section 3).
  if (!host || config::IpAddress::parse(*host)) {
    return Error(Reason::kBadRequest, "the server name is not a host name");
  }
  if (is_local_name(*host)) {
    return Error(Reason::kPrivateAddress, *host + " is not reachable through the proxy");
  }
  return *std::move(host);
}

void Arrival::judge(const std::string& host) {
  record_.host = host;
  Target target;
  target.host = host;
  target.port = kHttps;
  target.client = client_.ip;
  record_.decision = decide(worker_.shared.config, target);
}

void Arrival::deny(const Error& error) {
  log::warn("sni_denied", {{"request_id", record_.id},
                           {"server_name", hello_.server_name},
                           {"client", client_.address},
                           {"rule", record_.decision.rule_index},
                           {"reason", row_of(error.reason).name},
                           {"error", error.what}});
  worker_.counters.count_denied(error.reason);
}

Task<void> Arrival::open_tunnel(const std::string& host) {
  auto passed = co_await pass_through(host);
  if (!passed) {
    const Error& error = passed.error();
    record_.reason = row_of(error.reason).name;
    record_.error = error.what;
    worker_.counters.count_denied(error.reason);
  }
  finish_record(worker_, client_, record_);
}

Task<Result<void>> Arrival::pass_through(const std::string& host) {
  guard_.set(ClientConnection::Phase::kBusy);  // our part of a handshake is over
  tcp_.limit(std::chrono::milliseconds(0));    // the dialler has limits of its own
  auto route = worker_.route(host, kHttps, config::Action::kTunnel);
  auto upstream = co_await worker_.dialer.connect(std::move(route));
  if (!upstream) co_return std::move(upstream).error();
  record_.status = 200;  // as for a CONNECT that was opened
  worker_.counters.add_tunnel(1);
  const TunnelBytes bytes =
      co_await tunnel(tcp_, **upstream, bytes_, worker_.shared.config.limits.tunnel_idle_timeout);
  worker_.counters.add_tunnel(-1);
  record_.bytes_in = bytes.up;
  record_.bytes_out = bytes.down;
  co_return Result<void>();
}

// The bytes of a session to intercept. What judging it takes is gone by then.
Task<std::optional<std::string>> judge_arrival(Worker& worker, ClientInfo& client,
                                               ClientGuard& guard, tls::TcpConnection& tcp) {
  Arrival arrival(worker, client, guard, tcp);
  const bool goes_on = co_await arrival.serve();
  if (!goes_on) co_return std::nullopt;
  co_return arrival.already_read();
}

}  // namespace

Task<void> serve_transparent(Worker& worker, ClientInfo& client, ClientGuard& guard,
                             std::unique_ptr<tls::TcpConnection> tcp) {
  auto already_read = co_await judge_arrival(worker, client, guard, *tcp);
  if (!already_read) co_return;
  co_await intercept(worker, client, guard, std::move(tcp), *std::move(already_read));
}

}  // namespace wif::proxy
