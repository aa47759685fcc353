// What the server tells about itself: readiness, /status and /metrics.
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "proxy/server.h"
#include "tls/event.h"

namespace wif::proxy {
namespace {

IdentityStatus identity_status(const std::string& name, const auth::TokenState& state,
                               SteadyTime now) {
  IdentityStatus status;
  status.name = name;
  status.source = state.source;
  if (state.token) {
    status.principal = state.token->principal;
    status.usable = state.token->may_be_served(now);
    if (state.token->has_known_end()) {
      status.expires_in = std::chrono::duration_cast<std::chrono::seconds>(state.token->end - now);
    }
  }
  if (state.failure) {
    status.error_code = state.failure->code;
    status.error_message = state.failure->message;
    status.explain = state.failure->explain;
    status.fix = state.failure->fix;
    if (state.next_attempt != SteadyTime::max()) {
      status.next_attempt_in =
          std::chrono::duration_cast<std::chrono::seconds>(state.next_attempt - now);
    }
  }
  return status;
}

}  // namespace

ClientSettings Server::client_settings() const {
  const config::Config& config = shared_->config;
  ClientSettings settings;
  settings.proxy = config.listen.proxy.front().to_string();
  settings.metadata = config.listen.metadata ? config.listen.metadata->to_string() : "";
  settings.ca_dir = export_dir_;
  settings.project = shared_->metadata.project_id;
  settings.java = config.ca.java_truststore;
  return settings;
}

Readiness Server::readiness() const {
  Readiness readiness;
  readiness.listening = true;    // prepare() failed otherwise
  readiness.ca_exported = true;  // likewise
  readiness.draining = draining_;
  readiness.token_required = shared_->config.ready_requires_token;
  const auto identity = tokens_->identities().find("default");
  readiness.has_token = identity != tokens_->identities().end() && identity->second.state.token &&
                        identity->second.state.token->may_be_served(BootClock::now());
  return readiness;
}

// A copy of a worker's counters, made on its thread. A worker that does not answer within a second
// is left out: /metrics must not hang.
Task<Counters> Server::counters_of(Worker& worker) {
  struct Answer {
    explicit Answer(Executor executor) : event(executor) {}
    tls::Event event;
    Counters counters;
  };
  auto answer = std::make_shared<Answer>(control_.get_executor());
  worker.post([answer, &worker, control = control_.get_executor()] {
    Counters copy = worker.counters;
    copy.leaf_certificates = worker.leaves.minted();
    copy.upstream_tls_failures = worker.pool.counters().tls_failures;
    const int tunnels = static_cast<int>(copy.tunnels);
    const int http2 = static_cast<int>(worker.http2_clients());
    copy.add_client_connection(Protocol::kTunnel, tunnels);
    copy.add_client_connection(Protocol::kHttp2, http2);
    copy.add_client_connection(Protocol::kHttp1, static_cast<int>(worker.load()) - http2 - tunnels);
    const http::Pool& pool = worker.pool;
    copy.add_upstream_connection(Protocol::kTunnel, tunnels);
    copy.add_upstream_connection(Protocol::kHttp2, static_cast<int>(pool.http2_connections()));
    copy.add_upstream_connection(Protocol::kHttp1, static_cast<int>(pool.http1_connections()));
    for (const auto& [name, slot] : worker.slots()) copy.token_waiters[name] += slot->waiters();
    asio::post(control, [answer, counters = std::move(copy)]() mutable {
      answer->counters = std::move(counters);
      answer->event.notify();
    });
  });
  asio::steady_timer timer(control_, std::chrono::seconds(1));
  timer.async_wait([answer](boost::system::error_code cancelled) {
    if (!cancelled) answer->event.notify();
  });
  co_await answer->event.wait();
  co_return answer->counters;
}

Task<AdminSnapshot> Server::gather() {
  AdminSnapshot snapshot;
  const auto now = BootClock::now();
  snapshot.readiness = readiness();
  snapshot.uptime =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
  for (const auto& [name, identity] : tokens_->identities()) {
    snapshot.identities.push_back(identity_status(name, identity.state, now));
    IdentityMetrics metrics;
    metrics.name = name;
    metrics.source = identity.state.source;
    if (identity.state.token) metrics.expires = identity.state.token->expires;
    metrics.tokens = identity.counters;
    snapshot.metrics.identities.push_back(std::move(metrics));
    snapshot.metrics.clock_offset = identity.state.clock_offset;
  }
  const config::Listeners& listen = shared_->config.listen;
  for (const config::Endpoint& endpoint : listen.proxy) {
    snapshot.listeners.push_back({"proxy", endpoint.to_string()});
  }
  if (listen.sni) snapshot.listeners.push_back({"sni", listen.sni->to_string()});
  if (listen.metadata) snapshot.listeners.push_back({"metadata", listen.metadata->to_string()});
  if (listen.admin) snapshot.listeners.push_back({"admin", listen.admin->to_string()});
  snapshot.project_id = shared_->metadata.project_id;
  const tls::Authority& ca = shared_->authority;
  snapshot.ca_fingerprint = ca.fingerprint();
  snapshot.ca_export_dir = export_dir_;
  snapshot.ca_days_left = ca.days_left(shared_->clock.wall());
  snapshot.metrics.ca_expiry = ca.not_after();
  snapshot.metrics.unsafe_listener = listen.unsafe;
  snapshot.metrics.total = own_counters_;
  for (const auto& worker : workers_) {
    const Counters counters = co_await counters_of(*worker);
    snapshot.metrics.total.merge(counters);
  }
  co_return snapshot;
}

}  // namespace wif::proxy
