// One worker's connections to upstreams: idle ones by key, the newest used first, and how to open a
// new one (dial, TLS, verify). A connection opened for one identity never carries a request of
// another: the identity is part of the key. Belongs to one worker.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "http/dial.h"
#include "http/h1_client.h"
#include "tls/contexts.h"

namespace wif::http {

// Where a request goes and what its connection may be shared with.
struct Origin {
  std::string host;  // verified name
  std::uint16_t port = 443;
  bool tls = true;
  std::string identity;  // whose token it carries
  DialTarget dial;       // usually the same host and port
  std::string key;       // made by key_of(), once per client connection
};

// What connections are shared by.
std::string key_of(const Origin& origin);

struct PoolOptions {
  std::size_t max_idle_per_origin = 64;
  std::chrono::milliseconds idle{55'000};
  std::chrono::milliseconds tls_handshake{10'000};
  H1Limits h1;
  H1ClientTimeouts h1_timeouts;
};

struct Lease {
  std::unique_ptr<H1Client> client;
  bool reused = false;
};

struct PoolCounters {
  std::uint64_t opened = 0;
  std::uint64_t reused = 0;
  std::uint64_t resumed = 0;                                       // TLS sessions
  std::map<std::string, std::uint64_t, std::less<>> tls_failures;  // by reason
};

class Pool {
 public:
  // `context` is of make_upstream_context(); everything outlives the pool.
  Pool(Dialer& dialer, SSL_CTX* context, tls::UpstreamSessions& sessions,
       const PoolOptions& options);

  // An idle connection, or a new one when there is none or `fresh` is asked for. Errors:
  // kUpstreamConnect (503 with retry_after while the breaker is open), kUpstreamTls,
  // kPrivateAddress, kUpstreamTimeout.
  Task<Result<Lease>> acquire(const Origin& origin, bool fresh);

  // Back into the pool if it may carry another exchange; else it is closed.
  void release(const Origin& origin, std::unique_ptr<H1Client> client);

  // Closes what the peer closed or what rested too long; called each second.
  void sweep();
  // Closes all idle connections.
  void clear();
  std::size_t idle() const;
  const PoolCounters& counters() const { return counters_; }

 private:
  // After connecting failed, the next attempts to that origin wait: 1 s, doubling to 30 s.
  struct Breaker {
    unsigned failures = 0;
    tls::CoarseClock::time_point open_until{};
  };
  struct Entry {
    std::deque<std::unique_ptr<H1Client>> idle;  // newest last
    Breaker breaker;
  };

  Task<Result<std::unique_ptr<tls::Transport>>> open(const Origin& origin);
  Task<Result<std::unique_ptr<tls::Transport>>> connect(const Origin& origin);
  void count_failure(Entry& entry);

  Dialer& dialer_;
  SSL_CTX* context_;
  tls::UpstreamSessions& sessions_;
  const PoolOptions& options_;
  std::map<std::string, Entry, std::less<>> entries_;
  PoolCounters counters_;
};

}  // namespace wif::http
