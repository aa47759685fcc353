#include "proxy/tokens.h"

#include <boost/asio/steady_timer.hpp>
#include <random>
#include <utility>

#include "base/log.h"
#include "base/ready_queue.h"
#include "config/connect_to.h"
#include "proxy/upstream_proxy.h"

namespace wif::proxy {
namespace {

Task<> pause(asio::io_context& control, std::chrono::nanoseconds duration) {
  asio::steady_timer timer(control, duration);
  co_await expiry(timer);
}

double random_fraction() {
  static std::mt19937_64 engine{std::random_device()()};  // control thread only; for jitter
  return std::uniform_real_distribution<double>()(engine);
}

// upstream.connect_to and upstream.proxy hold for our own calls as well; their hosts are
// configured, not a client's.
http::DialTarget route_token_call(const Shared& shared, const std::string& host,
                                  std::uint16_t port) {
  http::DialTarget target;
  target.host = host;
  target.port = port;
  const auto& mappings = shared.config.upstream.connect_to;
  if (const auto* mapping = config::find_connect_to(mappings, host, port)) {
    if (!mapping->to_host.empty()) target.host = mapping->to_host;
    if (mapping->to_port != 0) target.port = mapping->to_port;
  }
  target.via = upstream_proxy_for(shared, target.host);
  return target;
}

}  // namespace

Result<std::unique_ptr<Tokens>> Tokens::make(
    asio::io_context& control, tls::DeadlineList& deadlines, const Shared& shared,
    const std::function<void(const std::string&, const auth::TokenState&)>& on_change) {
  TRY(auto context, tls::make_upstream_context(shared.roots, {}));
  std::unique_ptr<Tokens> tokens(new Tokens(control, shared, std::move(context)));
  http::FetchOptions options;
  options.route = [&shared](const std::string& host, std::uint16_t port) {
    return route_token_call(shared, host, port);
  };
  tokens->fetch_ = http::make_fetch(control.get_executor(), *shared.resolver, deadlines,
                                    tokens->context_.get(), std::move(options));
  for (const auto& [name, configured] : shared.config.identities) {
    Identity& identity = tokens->identities_[name];
    identity.refresher = std::make_unique<auth::Refresher>(
        tokens->make_context(identity), configured,
        [&identity, id = name, on_change](const auth::TokenState& state) {
          identity.state = state;
          on_change(id, state);
        });
  }
  return tokens;
}

auth::Context Tokens::make_context(Identity& identity) {
  auth::Context context(
      fetch_, [this](std::chrono::nanoseconds duration) { return pause(control_, duration); },
      shared_.clock, environment_, random_fraction, shared_.config.imds);
  context.max_metadata_body_bytes = shared_.config.limits.max_metadata_body_bytes;
  context.max_sts_body_bytes = shared_.config.limits.max_sts_body_bytes;
  context.on_step = [&identity](auth::Step step, std::string_view result,
                                std::chrono::nanoseconds took) {
    identity.counters.count(step, result, took);
  };
  return context;
}

void Tokens::start() {
  for (auto& [name, identity] : identities_) {
    spawn(control_.get_executor(), identity.refresher->run(control_.get_executor()),
          log::internal_error);
  }
}

void Tokens::stop() {
  for (auto& [name, identity] : identities_) identity.refresher->stop();
}

}  // namespace wif::proxy
