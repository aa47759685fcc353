#include "http/pool.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tls/stream.h"

namespace wif::http {
namespace {

constexpr unsigned kFailuresToOpen = 3;  // one refused connection is no outage
constexpr std::chrono::seconds kLongestBreak{30};

}  // namespace

std::string key_of(const Origin& origin) {
  return origin.identity + '|' + origin.policy + (origin.tls ? "|https|" : "|http|") + origin.host +
         ":" + std::to_string(origin.port);
}

Pool::Pool(Dialer& dialer, tls::DeadlineList& deadlines, SSL_CTX* http1_context,
           SSL_CTX* http2_context, tls::UpstreamSessions& sessions, const PoolOptions& options)
    : dialer_(dialer),
      deadlines_(deadlines),
      http1_context_(http1_context),
      http2_context_(http2_context),
      sessions_(sessions),
      options_(options) {}

bool Pool::take_idle(Entry& entry, Lease& lease) {
  while (!entry.idle.empty()) {
    lease.h1 = std::move(entry.idle.back());
    entry.idle.pop_back();
    if (lease.h1->usable()) return true;
    lease.h1.reset();
  }
  return false;
}

bool Pool::take_shared(Entry& entry, Lease& lease) {
  for (const auto& connection : entry.h2) {
    if (!connection->room()) continue;
    lease.h2 = std::make_unique<H2ClientStream>(connection);
    return true;
  }
  return false;
}

Task<Result<Lease>> Pool::acquire(const Origin& origin, Protocol protocol, bool fresh) {
  Entry& entry = entries_[origin.key];  // entries stay, so the reference does too
  const bool wants_http2 = protocol != Protocol::kHttp1;
  const auto may_share = [&] { return wants_http2 || entry.only_http2; };
  Lease lease;
  lease.reused = true;
  bool waited = false;
  while (!fresh) {
    const bool found = (may_share() && take_shared(entry, lease)) ||
                       (protocol != Protocol::kOnlyHttp2 && take_idle(entry, lease));
    if (found) {
      ++counters_.reused;
      if (lease.h1) ++leased_;
      co_return std::move(lease);
    }
    // One connection is enough for all who come while it is being opened.
    const bool hopeful = entry.speaks == Entry::Speaks::kHttp2 ||
                         (entry.speaks == Entry::Speaks::kUnknown && !waited);
    if (!entry.opening || !may_share() || !hopeful) break;
    co_await wait_for_opening(entry);
    waited = true;
  }
  co_return co_await open(origin, protocol);
}

Task<void> Pool::wait_for_opening(Entry& entry) {
  tls::Event opened(dialer_.executor());
  entry.waiting.push_back(&opened);
  co_await opened.wait();
}

Task<Result<Lease>> Pool::open(const Origin& origin, Protocol protocol) {
  Entry& entry = entries_[origin.key];
  const bool may_share = protocol != Protocol::kHttp1 || entry.only_http2;
  const bool first = may_share && !std::exchange(entry.opening, true);
  auto transport = co_await connect_guarded(origin, protocol);
  if (transport) {
    const bool http2 = (*transport)->alpn() == "h2";
    entry.speaks = http2                          ? Entry::Speaks::kHttp2
                   : protocol != Protocol::kHttp1 ? Entry::Speaks::kHttp1
                                                  : entry.speaks;
  }
  Lease lease;
  if (transport && (*transport)->alpn() == "h2") {
    auto connection = std::make_shared<H2Client>(std::move(*transport), dialer_.executor(),
                                                 deadlines_, options_.h2, options_.h2_timeouts);
    connection->start();
    entry.h2.push_back(connection);
    lease.h2 = std::make_unique<H2ClientStream>(std::move(connection));
  } else if (transport) {
    lease.h1 = std::make_unique<H1Client>(std::move(*transport), options_.h1, options_.h1_timeouts);
  }
  if (first) {
    entry.opening = false;
    for (tls::Event* waiting : std::exchange(entry.waiting, {})) waiting->notify();
  }
  if (!transport) co_return std::move(transport).error();
  ++counters_.opened;
  if (lease.h1) ++leased_;
  if (lease.h1 && protocol == Protocol::kOnlyHttp2) {
    release(origin, std::move(lease));
    co_return Error(Reason::kUpstreamNoHttp2,
                    origin.host + " does not speak HTTP/2, which gRPC needs");
  }
  co_return std::move(lease);
}

Task<Result<Pool::Transport>> Pool::connect_guarded(const Origin& origin, Protocol protocol) {
  Entry& entry = entries_[origin.key];
  const auto now = CoarseClock::now();
  if (entry.breaker.open_until > now) {
    Error open(Reason::kUpstreamConnect,
               "connecting to " + origin.host + " failed several times; the next attempt waits");
    open.proxy_status = "destination_unavailable";
    open.status = 503;
    open.retry_after = std::chrono::ceil<std::chrono::seconds>(entry.breaker.open_until - now);
    co_return open;
  }
  const bool http1 = protocol == Protocol::kHttp1 && !entry.only_http2;
  auto transport = co_await connect(origin, http1 ? http1_context_ : http2_context_);
  if (!transport && http1 && transport.error().code == tls::kNoCommonProtocol) {
    entry.only_http2 = true;
    transport = co_await connect(origin, http2_context_);
  }
  if (transport) {
    entry.breaker = {};
    co_return std::move(transport);
  }
  if (transport.error().reason == Reason::kUpstreamConnect) count_failure(entry);
  co_return std::move(transport).error();
}

void Pool::count_failure(Entry& entry) {
  Breaker& breaker = entry.breaker;
  if (++breaker.failures < kFailuresToOpen) return;
  const unsigned doublings = std::min(breaker.failures - kFailuresToOpen, 5u);
  breaker.open_until =
      CoarseClock::now() +
      std::min<std::chrono::seconds>(std::chrono::seconds(1u << doublings), kLongestBreak);
}

Task<Result<Pool::Transport>> Pool::connect(const Origin& origin, SSL_CTX* context) {
  CO_TRY(auto tcp, co_await dialer_.connect(origin.dial));
  if (!origin.tls) {
    co_return Transport(std::make_unique<tls::PlainTransport>(std::move(tcp), std::string()));
  }
  CO_TRY(auto ssl, tls::make_upstream_connection(context, origin.host, origin.port, &sessions_));
  tcp->limit(options_.tls_handshake);
  auto stream = co_await tls::Stream::connect(std::move(tcp), std::move(ssl));
  if (!stream) {
    Error error = std::move(stream).error();
    if (error.reason == Reason::kClientGone) error.reason = Reason::kUpstreamConnect;
    if (error.reason == Reason::kUpstreamTls) {
      ++counters_.tls_failures[error.proxy_status.empty() ? "protocol" : "certificate"];
    }
    if (error.proxy_status.empty()) {
      error.proxy_status = error.reason == Reason::kUpstreamTls       ? "tls_protocol_error"
                           : error.reason == Reason::kUpstreamTimeout ? "connection_timeout"
                                                                      : "connection_terminated";
    }
    if (error.reason == Reason::kUpstreamTimeout) {
      error.reason = Reason::kUpstreamConnect;
      error.status = 504;
    }
    co_return std::move(error).with_context("TLS to " + origin.host);
  }
  (*stream)->tcp().limit(std::chrono::milliseconds(0));
  if ((*stream)->resumed()) ++counters_.resumed;
  co_return Transport(std::move(*stream));
}

void Pool::release(const Origin& origin, Lease lease) {
  if (!lease.h1) return;  // a stream of HTTP/2 ends with its lease
  --leased_;
  if (!lease.h1->reusable()) {
    lease.h1->transport().close_write();
    return;
  }
  auto& idle = entries_[origin.key].idle;
  lease.h1->rest(options_.idle);
  idle.push_back(std::move(lease.h1));
  if (idle.size() > options_.max_idle_per_origin) idle.pop_front();
}

void Pool::sweep() {
  for (auto& [key, entry] : entries_) {
    std::erase_if(entry.idle, [](const auto& client) { return !client->usable(); });
    std::erase_if(entry.h2, [](const auto& connection) { return connection->over(); });
  }
}

// The entries stay: an exchange that is under way holds a reference to its own.
void Pool::clear() {
  for (auto& [key, entry] : entries_) {
    entry.idle.clear();
    for (const auto& connection : entry.h2) connection->abort();
    entry.h2.clear();
  }
}

std::size_t Pool::http1_connections() const {
  std::size_t count = leased_;
  for (const auto& [key, entry] : entries_) count += entry.idle.size();
  return count;
}

std::size_t Pool::http2_connections() const {
  std::size_t count = 0;
  for (const auto& [key, entry] : entries_) count += entry.h2.size();
  return count;
}

std::size_t Pool::idle() const {
  std::size_t count = 0;
  for (const auto& [key, entry] : entries_) {
    count += entry.idle.size();
    count += static_cast<std::size_t>(
        std::count_if(entry.h2.begin(), entry.h2.end(),
                      [](const auto& connection) { return connection->idle(); }));
  }
  return count;
}

}  // namespace wif::http
