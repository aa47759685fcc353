#include "proxy/worker.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <random>
#include <utility>

#include "base/log.h"
#include "base/ready_queue.h"
#include "base/recycled_malloc.h"
#include "config/address_policy.h"
#include "config/connect_to.h"
#include "proxy/address.h"
#include "proxy/exchange.h"
#include "proxy/upstream_proxy.h"
#include "tls/contexts.h"

namespace wif::proxy {
namespace {

constexpr std::size_t kKeptSessions = 256;
constexpr unsigned kKeptBlocks = 4;
constexpr unsigned kKeptFrames = 16;  // of each size

http::DialTimeouts dial_timeouts(const config::Limits& limits) {
  return {limits.dns_timeout, limits.connect_timeout};
}

http::H1Limits h1_limits_of(const config::Limits& limits) {
  http::H1Limits h1;
  h1.max_request_line_bytes = limits.max_request_line_bytes;
  h1.max_header_bytes = limits.max_header_bytes;
  h1.max_field_bytes = limits.max_field_bytes;
  h1.max_header_fields = limits.max_header_fields;
  h1.max_trailer_fields = limits.max_trailer_fields;
  h1.chunk.line_bytes = limits.max_chunk_line_bytes;
  h1.chunk.extension_bytes = limits.max_chunk_extension_bytes;
  h1.chunk.trailer_bytes = limits.max_trailer_bytes;
  return h1;
}

http::H2Limits h2_limits_of(const config::Limits& limits) {
  constexpr std::size_t kCookieCrumbs = 28;
  http::H2Limits h2;
  h2.max_header_bytes = limits.max_header_bytes;
  h2.max_field_bytes = limits.max_field_bytes;
  h2.max_header_fields = limits.max_header_fields + kCookieCrumbs;
  h2.max_trailer_bytes = limits.max_trailer_bytes;
  h2.max_trailer_fields = limits.max_trailer_fields;
  h2.max_header_table_bytes = limits.max_header_table_bytes;
  h2.max_continuations = limits.max_continuations;
  h2.max_concurrent_streams = limits.max_concurrent_streams;
  h2.max_stream_window_bytes = limits.max_stream_window_bytes;
  h2.max_connection_window_bytes = limits.max_connection_window_bytes;
  h2.max_reset_burst = limits.max_reset_burst;
  h2.max_glitch_burst = limits.max_glitch_burst;
  h2.max_queued_acks = limits.max_queued_acks;
  return h2;
}

http::PoolOptions pool_options(const config::Limits& limits) {
  http::PoolOptions options;
  options.max_idle_per_origin = limits.max_upstream_idle_per_host;
  options.idle = limits.upstream_idle_timeout;
  options.tls_handshake = limits.upstream_handshake_timeout;
  options.h1 = h1_limits_of(limits);
  options.h1_timeouts.response = limits.response_timeout;
  options.h1_timeouts.stream_idle = limits.stream_idle_timeout;
  options.h2 = h2_limits_of(limits);
  options.h2_timeouts.header = limits.header_timeout;
  options.h2_timeouts.idle = limits.upstream_idle_timeout;
  options.h2_timeouts.stream_idle = options.h2_timeouts.write = limits.stream_idle_timeout;
  options.h2_timeouts.response = limits.response_timeout;
  return options;
}

tls::LeafCacheOptions leaf_options(const config::Config& config, unsigned workers) {
  tls::LeafCacheOptions options;
  options.capacity = std::max<std::size_t>(1, config.limits.max_leaf_certificates / workers);
  options.leaves_per_second = static_cast<double>(config.limits.max_leaf_rate) / workers;
  options.leaf_lifetime = config.ca.leaf_lifetime;
  return options;
}

}  // namespace

Result<std::unique_ptr<Worker>> Worker::make(Shared& shared, unsigned workers) {
  UpstreamContexts contexts;
  TRY(contexts.http1, tls::make_upstream_context(shared.roots, {"http/1.1"}));
  TRY(contexts.http2, tls::make_upstream_context(shared.roots, {"h2", "http/1.1"}));
  return std::unique_ptr<Worker>(new Worker(shared, workers, std::move(contexts)));
}

Worker::Worker(Shared& shared_in, unsigned workers, UpstreamContexts contexts)
    : dial_timeouts_(dial_timeouts(shared_in.config.limits)),
      pool_options_(pool_options(shared_in.config.limits)),
      upstream_contexts_(std::move(contexts)),
      sessions_(shared_in.clock, kKeptSessions),
      max_handshakes_(std::max<std::size_t>(1, shared_in.config.limits.max_handshakes / workers)),
      request_ids_(std::random_device()()),
      shared(shared_in),
      dialer(io_.get_executor(), *shared_in.resolver, deadlines, dial_timeouts_),
      pool(dialer, deadlines, upstream_contexts_.http1.get(), upstream_contexts_.http2.get(),
           sessions_, pool_options_),
      leaves(shared_in.authority, shared_in.tickets, shared_in.clock,
             leaf_options(shared_in.config, workers)),
      h1_limits(h1_limits_of(shared_in.config.limits)),
      h2_limits(h2_limits_of(shared_in.config.limits)) {
  poller_.wait_by_itself();
  const config::Limits& limits = shared.config.limits;
  h2_timeouts.header = limits.header_timeout;
  h2_timeouts.idle = limits.client_idle_timeout;
  h2_timeouts.stream_idle = limits.stream_idle_timeout;
  h2_timeouts.write = limits.write_timeout;
  h1_timeouts = {limits.header_timeout, limits.client_idle_timeout, limits.stream_idle_timeout,
                 limits.write_timeout};
  for (const auto& [name, identity] : shared.config.identities) {
    TokenSlot::Hooks hooks;
    hooks.wake = [this, id = name] { shared.wake_refresher(id); };
    hooks.reject = [this, id = name](const std::string& fingerprint) {
      shared.reject_token(id, fingerprint);
    };
    slots_[name] = std::make_unique<TokenSlot>(executor(), std::move(hooks));
  }
}

bool Worker::run() {
  spawn(executor(), sweep(), log::internal_error);
  for (;;) {
    try {
      io_.run();
      break;
    } catch (const std::exception&) {
      // That one handler is over; coroutines report for themselves.
      log::internal_error(std::current_exception());
    }
  }
  io_.restart();
  io_.run_for(std::chrono::seconds(1));
  return io_.stopped() && clients_.empty();
}

// Everything that waits on a client ends when its socket does; run() gives it time for that.
void Worker::stop() {
  post([this] {
    stopping_ = true;
    for (const auto& acceptor : acceptors_) acceptor->close();
    for (const ClientConnection& client : clients_) client.tcp->shutdown();
    pool.clear();
    sweep_timer_.cancel();
    io_.stop();
  });
}

void Worker::accept_from(tls::Descriptor listening, Serve serve, Admission& admission,
                         ClientAcceptor::Choose choose) {
  const auto take = [this, serve](Worker& chosen, AcceptedClient client) {
    if (&chosen == this) return adopt(serve, std::move(client));
    chosen.post([&chosen, serve, moved = std::move(client)]() mutable {
      chosen.adopt(serve, std::move(moved));
    });
  };
  acceptors_.push_back(std::make_unique<ClientAcceptor>(*this, std::move(listening), shared.config,
                                                        admission, std::move(choose), take));
  spawn(executor(), acceptors_.back()->run(), log::internal_error);
}

void Worker::adopt(Serve serve, AcceptedClient client) {
  bound_handshakes();
  spawn(executor(), serve_client(serve, std::move(client)), log::internal_error);
}

Task<void> Worker::serve_client(Serve serve, AcceptedClient accepted) {
  auto tcp =
      std::make_unique<tls::TcpConnection>(executor(), std::move(accepted.socket), deadlines);
  ClientInfo client;
  client.address = std::move(accepted.address);
  client.ip = accepted.ip;
  ClientGuard guard(*this, *tcp, std::move(accepted.place));
  co_await serve(*this, client, guard, std::move(tcp));
}

void Worker::set_phase(ClientConnection& client, ClientConnection::Phase phase) {
  using Phase = ClientConnection::Phase;
  if (client.phase == Phase::kHandshake && phase != Phase::kHandshake) --handshakes_;
  client.phase = phase;
}

// The oldest connection that has not got beyond its handshake makes room for a new one.
void Worker::bound_handshakes() {
  if (handshakes_ < max_handshakes_) return;
  const auto oldest =
      std::find_if(clients_.begin(), clients_.end(), [](const ClientConnection& client) {
        return client.phase == ClientConnection::Phase::kHandshake;
      });
  oldest->tcp->shutdown();
  set_phase(*oldest, ClientConnection::Phase::kBusy);  // counted no more
}

void Worker::stop_accepting() {
  for (const auto& acceptor : acceptors_) acceptor->finish();
}

void Worker::begin_drain() {
  draining_ = true;
  for (const ClientConnection& client : clients_) {
    if (client.drain) client.drain();
    if (client.drain || client.phase != ClientConnection::Phase::kIdle) continue;
    // A request that is already in the kernel is still served.
    char byte = 0;
    if (::recv(client.tcp->descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) {
      client.tcp->shutdown();
    }
  }
}

// Only those end in another way than by a closed socket.
std::size_t Worker::http2_clients() const {
  return static_cast<std::size_t>(
      std::count_if(clients_.begin(), clients_.end(),
                    [](const ClientConnection& client) { return client.drain != nullptr; }));
}

Task<void> Worker::sweep() {
  while (!stopping_) {
    sweep_timer_.expires_after(std::chrono::seconds(1));
    co_await expiry(sweep_timer_);
    deadlines.sweep(CoarseClock::now());
    pool.sweep();
    tls::trim_blocks(kKeptBlocks);
    trim_frames(kKeptFrames);
    trim_recycled_malloc(kKeptFrames);
  }
}

http::DialTarget Worker::route(const std::string& host, std::uint16_t port,
                               config::Action action) const {
  http::DialTarget target;
  target.host = host;
  target.port = port;
  target.name = host;  // a mapped address is none of the client's business
  const config::Config& config = shared.config;
  std::optional<config::IpAddress> opened;
  if (const auto* mapping = config::find_connect_to(config.upstream.connect_to, host, port)) {
    if (!mapping->to_host.empty()) target.host = mapping->to_host;
    if (mapping->to_port != 0) target.port = mapping->to_port;
    opened = config::IpAddress::parse(target.host);
  }
  target.via = upstream_proxy_for(shared, target.host);
  target.allowed = [this, action, opened, to = target.port](const asio::ip::address& candidate) {
    const auto address = to_ip_address(candidate);
    if (!address || config::never_dialled(*address)) return false;
    if (is_own_listener(shared, *address, to)) return false;
    if (opened && *opened == *address) return true;
    return config::may_dial(*address, to, action, shared.config.upstream.private_addresses,
                            shared.all_on_loopback, shared.config.upstream.allow_addresses);
  };
  return target;
}

std::string Worker::next_request_id() {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string id(8, '0');
  std::uint32_t value = ++request_ids_;
  for (std::size_t i = 8; i-- > 0; value >>= 4) id[i] = kHex[value & 15];
  return id;
}

ClientGuard::ClientGuard(Worker& worker, tls::TcpConnection& tcp, Admission::Place admitted)
    : worker_(worker), admitted_(std::move(admitted)) {
  place_ = worker_.clients_.insert(worker_.clients_.end(), ClientConnection{&tcp});
  ++worker_.handshakes_;
}

ClientGuard::~ClientGuard() {
  set(ClientConnection::Phase::kBusy);  // no handshake any more
  worker_.clients_.erase(place_);
}

}  // namespace wif::proxy
