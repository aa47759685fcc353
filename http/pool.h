// One worker's connections to upstreams by key: idle ones of HTTP/1.1, the newest used first, those
// of HTTP/2 that exchanges share, and how to open a new one (dial, TLS, verify). A connection
// opened for one identity never carries a request of another: the identity is part of the key
// . Belongs to one worker.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "http/dial.h"
#include "http/h1_client.h"
#include "http/h2_client.h"
#include "tls/contexts.h"

namespace wif::http {

// Where a request goes and what its connection may be shared with.
struct Origin {
  std::string host;  // verified name
  std::uint16_t port = 443;
  bool tls = true;
  std::string identity;  // whose token it carries
  std::string policy;    // by which `dial` admits addresses
  DialTarget dial;       // usually the same host and port
  std::string key;       // made by key_of()
};

// What connections are shared by.
std::string key_of(const Origin& origin);

struct PoolOptions {
  std::size_t max_idle_per_origin = 256;
  std::chrono::milliseconds idle{55'000};
  std::chrono::milliseconds tls_handshake{10'000};
  H1Limits h1;
  H1ClientTimeouts h1_timeouts;
  H2Limits h2;
  H2Timeouts h2_timeouts;
};

// What an exchange asks of its connection. An upstream is spoken to as its client speaks where it
// can, because translating costs more than it gains.
enum class Protocol {
  kHttp1,     // HTTP/2 only where the upstream speaks nothing else
  kHttp2,     // HTTP/1.1 where the upstream does not offer it
  kOnlyHttp2  // gRPC
};

// A connection, or a stream of one, for one exchange.
struct Lease {
  std::unique_ptr<H1Client> h1;
  std::unique_ptr<H2ClientStream> h2;  // exactly one of the two
  bool reused = false;                 // it carried an exchange before

  explicit operator bool() const { return h1 || h2; }
  ClientStream& stream() { return h1 ? static_cast<ClientStream&>(*h1) : *h2; }
};

struct PoolCounters {
  std::uint64_t opened = 0;
  std::uint64_t reused = 0;
  std::uint64_t resumed = 0;                                       // TLS sessions
  std::map<std::string, std::uint64_t, std::less<>> tls_failures;  // by reason
};

class Pool {
 public:
  // Contexts are of make_upstream_context(): one that offers HTTP/1.1 alone, one that offers
  // HTTP/2 first. Everything outlives the pool.
  Pool(Dialer& dialer, tls::DeadlineList& deadlines, SSL_CTX* http1_context, SSL_CTX* http2_context,
       tls::UpstreamSessions& sessions, const PoolOptions& options);

  // A connection at hand, or a new one when there is none or `fresh` is asked for. Errors:
  // kUpstreamConnect (503 with retry_after while the breaker is open), kUpstreamTls,
  // kUpstreamNoHttp2, kPrivateAddress, kUpstreamTimeout.
  Task<Result<Lease>> acquire(const Origin& origin, Protocol protocol, bool fresh);

  // Back into the pool what may carry another exchange; the rest is closed.
  void release(const Origin& origin, Lease lease);

  // Closes what the peer closed or what rested too long; called each second.
  void sweep();
  // Closes all idle connections.
  void clear();
  // Open connections, by protocol: idle ones too.
  std::size_t http1_connections() const;
  std::size_t http2_connections() const;
  std::size_t idle() const;
  const PoolCounters& counters() const { return counters_; }

 private:
  // After connecting failed, the next attempts to that origin wait: 1 s, doubling to 30 s.
  struct Breaker {
    unsigned failures = 0;
    CoarseClock::time_point open_until{};
  };
  struct Entry {
    std::deque<std::unique_ptr<H1Client>> idle;  // newest last
    std::vector<std::shared_ptr<H2Client>> h2;
    Breaker breaker;
    enum class Speaks { kUnknown, kHttp1, kHttp2 } speaks = Speaks::kUnknown;
    bool only_http2 = false;  // it refused HTTP/1.1
    // Exchanges that wait for a connection that is being opened and may be shared.
    bool opening = false;
    std::vector<tls::Event*> waiting;
  };
  using Transport = std::unique_ptr<tls::Transport>;

  bool take_idle(Entry& entry, Lease& lease);
  bool take_shared(Entry& entry, Lease& lease);
  Task<void> wait_for_opening(Entry& entry);
  Task<Result<Lease>> open(const Origin& origin, Protocol protocol);
  Task<Result<Transport>> connect_guarded(const Origin& origin, Protocol protocol);
  Task<Result<Transport>> connect(const Origin& origin, SSL_CTX* context);
  void count_failure(Entry& entry);

  Dialer& dialer_;
  tls::DeadlineList& deadlines_;
  SSL_CTX* http1_context_;
  SSL_CTX* http2_context_;
  tls::UpstreamSessions& sessions_;
  const PoolOptions& options_;
  std::size_t leased_ = 0;  // connections of HTTP/1.1 that carry an exchange
  std::map<std::string, Entry, std::less<>> entries_;
  PoolCounters counters_;
};

}  // namespace wif::http
