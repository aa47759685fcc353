// One core's world: its event loop, upstream pool, leaf cache, tokens, counters. Nothing in it is
// shared, locked or atomic; other threads only post() into it and read load().
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "http/dial.h"
#include "http/h1_server.h"
#include "http/h2_limits.h"
#include "http/pool.h"
#include "proxy/client_acceptor.h"
#include "proxy/metrics.h"
#include "proxy/recent.h"
#include "proxy/shared.h"
#include "proxy/token_slot.h"
#include "tls/leaf_cache.h"
#include "tls/poller.h"
#include "tls/upstream_sessions.h"

namespace wif::proxy {

class ClientGuard;
struct ClientInfo;

// A client connection in its worker's list, from accept to close.
struct ClientConnection {
  enum class Phase { kHandshake, kIdle, kBusy };
  tls::TcpConnection* tcp = nullptr;
  Phase phase = Phase::kHandshake;
  std::function<void()> drain{};  // ends it in order; null: an idle one is closed
};

class Worker {
  // Before everything that lives on it; the coroutines have ended when run() returned true.
  asio::io_context io_{1};
  tls::Poller& poller_ = tls::Poller::of(io_.get_executor());

 public:
  // `workers`: how many there are, for this one's share of the limits. Errors: kConfiguration or
  // kInternal of the TLS set-up.
  static Result<std::unique_ptr<Worker>> make(Shared& shared, unsigned workers);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Runs the loop on the calling thread until stop(). False: something was still waiting a second
  // after that, so this object must not be destroyed; the process has to end without.
  bool run();

  // From any thread.
  template <typename Function>
  void post(Function&& function) {
    poller_.post(std::forward<Function>(function));
  }
  void stop();
  // Client connections, also those that are on their way here. From any thread.
  std::atomic<unsigned>& open_connections() { return connections_; }
  unsigned load() const { return connections_.load(std::memory_order_relaxed); }

  // What is spoken on a listener: serve_connection() or serve_transparent().
  using Serve = Task<void> (*)(Worker&, ClientInfo&, ClientGuard&,
                               std::unique_ptr<tls::TcpConnection>);
  // On this worker's thread, as the rest. Accepts until stop_accepting() or stop().
  void accept_from(tls::Descriptor listening, Serve serve, Admission& admission,
                   ClientAcceptor::Choose choose);
  // Starts serving a client.
  void adopt(Serve serve, AcceptedClient client);
  // Who has connected by now is still served, as far as there is room.
  void stop_accepting();
  // From now on answers end their connection; idle ones are closed now.
  void begin_drain();
  bool draining() const { return draining_; }
  // Client connections that speak HTTP/2.
  std::size_t http2_clients() const;

  TokenSlot& slot(const std::string& identity) { return *slots_.at(identity); }
  const std::map<std::string, std::unique_ptr<TokenSlot>, std::less<>>& slots() const {
    return slots_;
  }
  // Where a connection for this host and port is made to, under the address policy of `action`.
  http::DialTarget route(const std::string& host, std::uint16_t port, config::Action action) const;
  // A request id that is unique enough to find a log line: 8 hexadecimal digits.
  std::string next_request_id();

  tls::Pace& pace() { return poller_.pace(); }
  asio::io_context& io() { return io_; }
  Executor executor() { return io_.get_executor(); }

 private:
  friend class ClientGuard;
  // TLS contexts that offer HTTP/1.1 alone, and HTTP/2 first.
  struct UpstreamContexts {
    tls::SslCtxPtr http1;
    tls::SslCtxPtr http2;
  };
  Worker(Shared& shared_in, unsigned workers, UpstreamContexts contexts);
  Task<void> serve_client(Serve serve, AcceptedClient accepted);
  Task<void> sweep();
  void bound_handshakes();
  void set_phase(ClientConnection& client, ClientConnection::Phase phase);

  http::DialTimeouts dial_timeouts_;
  http::PoolOptions pool_options_;
  UpstreamContexts upstream_contexts_;
  tls::UpstreamSessions sessions_;
  std::map<std::string, std::unique_ptr<TokenSlot>, std::less<>> slots_;
  std::vector<std::unique_ptr<ClientAcceptor>> acceptors_;
  std::list<ClientConnection> clients_;
  std::size_t handshakes_ = 0;  // of those, in that phase
  std::size_t max_handshakes_;
  std::atomic<unsigned> connections_{0};
  std::uint32_t request_ids_;
  bool draining_ = false;
  bool stopping_ = false;
  asio::steady_timer sweep_timer_{io_};

 public:
  Shared& shared;
  tls::DeadlineList deadlines;
  http::Dialer dialer;
  http::Pool pool;
  tls::LeafCache leaves;
  Recent recent;
  Counters counters;
  http::H1Limits h1_limits;
  http::H1ServerTimeouts h1_timeouts;
  http::H2Limits h2_limits;
  http::H2Timeouts h2_timeouts;  // towards clients
};

// Keeps a client connection in the list while it lives.
class ClientGuard {
 public:
  ClientGuard(Worker& worker, tls::TcpConnection& tcp, Admission::Place admitted);
  ~ClientGuard();
  ClientGuard(const ClientGuard&) = delete;
  ClientGuard& operator=(const ClientGuard&) = delete;
  void set(ClientConnection::Phase phase) { worker_.set_phase(*place_, phase); }
  // How the connection ends when the worker drains.
  void on_drain(std::function<void()> drain) { place_->drain = std::move(drain); }

 private:
  Worker& worker_;
  std::list<ClientConnection>::iterator place_;
  Admission::Place admitted_;
};

}  // namespace wif::proxy
