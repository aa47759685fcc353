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
  return origin.identity + (origin.tls ? "|https|" : "|http|") + origin.host + ":" +
         std::to_string(origin.port);
}

Pool::Pool(Dialer& dialer, SSL_CTX* context, tls::UpstreamSessions& sessions,
           const PoolOptions& options)
    : dialer_(dialer), context_(context), sessions_(sessions), options_(options) {}

Task<Result<Lease>> Pool::acquire(const Origin& origin, bool fresh) {
  Entry& entry = entries_[origin.key];  // entries stay, so the reference does too
  while (!fresh && !entry.idle.empty()) {
    Lease idle;
    idle.client = std::move(entry.idle.back());
    entry.idle.pop_back();
    if (!idle.client->usable()) continue;
    idle.reused = true;
    ++counters_.reused;
    co_return std::move(idle);
  }
  auto transport = co_await open(origin);
  if (!transport) co_return std::move(transport).error();
  ++counters_.opened;
  Lease lease;
  lease.client =
      std::make_unique<H1Client>(std::move(*transport), options_.h1, options_.h1_timeouts);
  co_return std::move(lease);
}

Task<Result<std::unique_ptr<tls::Transport>>> Pool::open(const Origin& origin) {
  Entry& entry = entries_[origin.key];
  const auto now = tls::CoarseClock::now();
  if (entry.breaker.open_until > now) {
    Error open(Reason::kUpstreamConnect,
               "connecting to " + origin.host + " failed several times; the next attempt waits");
    open.proxy_status = "destination_unavailable";
    open.status = 503;
    open.retry_after = std::chrono::ceil<std::chrono::seconds>(entry.breaker.open_until - now);
    co_return open;
  }
  auto transport = co_await connect(origin);
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
      tls::CoarseClock::now() +
      std::min<std::chrono::seconds>(std::chrono::seconds(1u << doublings), kLongestBreak);
}

Task<Result<std::unique_ptr<tls::Transport>>> Pool::connect(const Origin& origin) {
  CO_TRY(auto tcp, co_await dialer_.connect(origin.dial));
  if (!origin.tls) {
    co_return std::unique_ptr<tls::Transport>(
        std::make_unique<tls::PlainTransport>(std::move(tcp), std::string()));
  }
  CO_TRY(auto ssl, tls::make_upstream_connection(context_, origin.host, origin.port, &sessions_));
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
  co_return std::unique_ptr<tls::Transport>(std::move(*stream));
}

void Pool::release(const Origin& origin, std::unique_ptr<H1Client> client) {
  if (!client->reusable()) {
    client->transport().close_write();
    return;
  }
  auto& idle = entries_[origin.key].idle;
  client->rest(options_.idle);
  idle.push_back(std::move(client));
  if (idle.size() > options_.max_idle_per_origin) idle.pop_front();
}

void Pool::sweep() {
  for (auto& [key, entry] : entries_) {
    std::erase_if(entry.idle, [](const auto& client) { return !client->usable(); });
  }
}

// The entries stay: an exchange that is under way holds a reference to its own.
void Pool::clear() {
  for (auto& [key, entry] : entries_) entry.idle.clear();
}

std::size_t Pool::idle() const {
  std::size_t count = 0;
  for (const auto& [key, entry] : entries_) count += entry.idle.size();
  return count;
}

}  // namespace wif::http
