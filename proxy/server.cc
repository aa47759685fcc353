#include "proxy/server.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <csignal>
#include <utility>

#include "base/log.h"
#include "base/ready_queue.h"
#include "proxy/address.h"
#include "proxy/connection.h"
#include "proxy/hardening.h"
#include "proxy/placeholder_file.h"
#include "proxy/transparent.h"
#include "proxy/upstream_proxy.h"
#include "tls/event.h"
#include "tls/trust_bundle.h"

namespace wif::proxy {
namespace {

constexpr std::size_t kResolverThreads = 4;
constexpr std::size_t kMaxOwnConnections = 64;  // for admin and metadata together twice
constexpr std::chrono::milliseconds kDrainPoll{10};
constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP};

void change_signal_mask(int how) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : kSignals) ::sigaddset(&set, number);
  ::pthread_sigmask(how, &set, nullptr);
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

tls::AuthorityOptions authority_options(const config::Config& config) {
  tls::AuthorityOptions options;
  options.permitted_suffixes = config::ca_suffixes(config);
  // Without inject rules no leaf is ever made: a CA for the name that cannot exist (RFC 6761).
  if (options.permitted_suffixes.empty()) options.permitted_suffixes = {"invalid"};
  options.lifetime = config.ca.lifetime;
  options.allow_unconstrained = config.ca.allow_unconstrained;
  return options;
}

Result<tls::Authority> make_authority(const config::Config& config, SystemTime now) {
  const tls::AuthorityOptions options = authority_options(config);
  if (!config.ca.cert.empty()) {
    return tls::Authority::load(config.ca.cert, config.ca.key, options, now);
  }
  if (!config.ca.state_dir.empty()) {
    return tls::Authority::open_or_create(config.ca.state_dir, options, now);
  }
  return tls::Authority::create(options, now);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::make(config::Config config) {
  TRY(auto authority, make_authority(config, std::chrono::system_clock::now()));
  auto shared = std::make_unique<Shared>(std::move(config), std::move(authority));
  std::unique_ptr<Server> server(new Server(std::move(shared)));
  TRY_VOID(server->prepare());
  return server;
}

Server::Server(std::unique_ptr<Shared> shared)
    : shared_(std::move(shared)), started_(std::chrono::steady_clock::now()) {}

// Its threads may still post into workers: they end first.
Server::~Server() { shared_->resolver.reset(); }

Result<void> Server::prepare() {
  config::Config& config = shared_->config;
  shared_->tickets = std::make_shared<tls::TicketKeys>(shared_->clock);
  shared_->resolver = std::make_unique<http::Resolver>(kResolverThreads, shared_->clock);
  TRY(shared_->roots, tls::load_upstream_roots(config.upstream.ca_bundle, &shared_->authority));
  TRY_VOID(bind());
  shared_->all_on_loopback = config::all_on_loopback(config.listen);
  shared_->local_addresses = local_addresses();
  shared_->upstream_proxy = make_upstream_proxy(*shared_);
  shared_->metadata = make_metadata_view(config, make_placeholder(), host_name());
  TRY_VOID(export_files());
  TRY(tokens_, Tokens::make(control_, deadlines_, *shared_,
                            [this](const std::string& identity, const auth::TokenState& state) {
                              on_token(identity, state);
                            }));
  shared_->wake_refresher = [this](const std::string& identity) {
    asio::post(control_, [this, identity] { tokens_->at(identity).refresher->wake(); });
  };
  shared_->reject_token = [this](const std::string& identity, const std::string& fingerprint) {
    asio::post(control_, [this, identity, fingerprint] {
      tokens_->at(identity).refresher->reject(fingerprint);
    });
  };
  for (unsigned i = 0; i < config.threads; ++i) {
    TRY(auto worker, Worker::make(*shared_, config.threads));
    workers_.push_back(std::move(worker));
  }
  // A client connection needs two descriptors, its own and one upstream.
  const std::size_t descriptors = raise_descriptor_limit();
  const std::size_t reserved = std::min(config.limits.reserved_fds, descriptors / 2);
  const std::size_t most = std::max<std::size_t>(1, (descriptors - reserved) / 2);
  admission_ = std::make_unique<Admission>(std::min(config.limits.max_connections, most),
                                           config.limits.max_connections_per_source);
  return {};
}

Result<std::unique_ptr<Listener>> Server::open_listener(config::Endpoint& endpoint) {
  TRY(auto listener, Listener::open(control_, endpoint));
  endpoint = listener->endpoint();
  shared_->own_listeners.push_back(endpoint);
  return listener;
}

// What clients read, before anything is served.
Result<void> Server::export_files() {
  const config::Config& config = shared_->config;
  export_dir_ = config.ca.export_dir;
  if (export_dir_.empty()) {
    TRY(export_dir_, tls::first_writable_folder(tls::default_export_folders()));
  }
  const auto java =
      config.ca.java_truststore ? tls::JavaTruststore::kWanted : tls::JavaTruststore::kNone;
  TRY(const auto files, tls::export_trust(shared_->authority, export_dir_, java));
  if (files.system_roots == 0) {
    log::warn("no_system_roots", {{"bundle", files.bundle}});
  }
  if (config.listen.metadata) return {};
  return export_placeholder_file(export_dir_);
}

Result<void> Server::bind() {
  config::Listeners& listen = shared_->config.listen;
  for (config::Endpoint& endpoint : listen.proxy) {
    TRY(auto listener, open_listener(endpoint));
    client_listeners_.push_back({std::move(listener), serve_connection});
  }
  if (listen.sni) {
    TRY(auto listener, open_listener(*listen.sni));
    client_listeners_.push_back({std::move(listener), serve_transparent});
  }
  if (listen.metadata) {
    TRY(metadata_listener_, open_listener(*listen.metadata));
  }
  if (listen.admin) {
    TRY(admin_listener_, open_listener(*listen.admin));
  }
  return {};
}

void Server::log_start() const {
  const config::Config& config = shared_->config;
  std::string proxies;
  for (const config::Endpoint& endpoint : config.listen.proxy) {
    proxies += (proxies.empty() ? "" : ",") + endpoint.to_string();
  }
  log::info("start",
            {{"version", WIF_VERSION},
             {"proxy", proxies},
             {"sni", config.listen.sni ? config.listen.sni->to_string() : "off"},
             {"metadata", config.listen.metadata ? config.listen.metadata->to_string() : "off"},
             {"admin", config.listen.admin ? config.listen.admin->to_string() : "off"},
             {"upstream_proxy", config.upstream.proxy ? config.upstream.proxy->to_string() : ""},
             {"threads", config.threads},
             {"rules", config.rules.size()}});
  const tls::Authority& ca = shared_->authority;
  log::info("ca", {{"fingerprint", ca.fingerprint()},
                   {"expires_in_days", ca.days_left(shared_->clock.wall())},
                   {"kept", config.ca.state_dir.empty() ? "memory" : config.ca.state_dir},
                   {"export_dir", export_dir_}});
  if (ca.origin() == tls::Authority::Origin::kReissued) log::warn("ca_reissued", {});
  for (const std::string& warning : config.warnings)
    log::warn("configuration", {{"what", warning}});
  if (config.listen.unsafe) log::warn("unsafe_listener", {{"proxy", proxies}});
  if (config.allow_core_dumps) log::warn("core_dumps_allowed", {});
}

void Server::hold_signals() { change_signal_mask(SIG_BLOCK); }

int Server::run(Signals signals) {
  if (signals == Signals::kOwn) {
    for (const int number : kSignals) signals_.add(number);
    change_signal_mask(SIG_UNBLOCK);
    on_signal(0);
  }
  log_start();
  std::vector<char> clean(workers_.size(), 0);
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    threads_.emplace_back([this, i, &clean] { clean[i] = workers_[i]->run() ? 1 : 0; });
  }
  accept_clients();
  spawn(control_.get_executor(), tick(), log::internal_error);
  tokens_->start();
  control_.run();
  // What is still under way ends because its socket did.
  control_.restart();
  control_.run_for(std::chrono::seconds(1));
  for (std::thread& thread : threads_) thread.join();
  ended_cleanly_ = control_.stopped() && own_connections_.empty() &&
                   std::all_of(clean.begin(), clean.end(), [](char each) { return each != 0; });
  log::info("stop", {{"exit_code", exit_code_}});
  log::flush();
  return exit_code_;
}

void Server::accept_clients() {
  for (const auto& worker : workers_) {
    for (const ClientListener& each : client_listeners_) {
      worker->post([this, &home = *worker, serve = each.serve,
                    listening = each.listener->another_descriptor()]() mutable {
        home.accept_from(std::move(listening), serve, *admission_,
                         [this](Worker& asking) -> Worker& { return least_loaded(asking); });
      });
    }
  }
  if (metadata_listener_) {
    SmallOptions options;
    options.refusal_headers = metadata_headers();
    accept_own(*metadata_listener_, wrap_plain([this](const SmallRequest& request) {
      SmallResponse response = answer_metadata(request, shared_->metadata);
      own_counters_.count_metadata(metadata_endpoint(request.path), response.status);
      return response;
    }),
               options);
  }
  if (admin_listener_) {
    AdminView view;
    view.readiness = [this] { return readiness(); };
    view.gather = [this] { return gather(); };
    if (shared_->config.admin_quit) view.quit = [this] { begin_drain(); };
    accept_own(*admin_listener_, make_admin_handler(std::move(view)), SmallOptions());
  }
}

void Server::accept_own(Listener& listener, const SmallHandler& handler,
                        const SmallOptions& options) {
  spawn(control_.get_executor(),
        listener.accept_loop([this] { return own_connections_.size() < kMaxOwnConnections; },
                             [this, handler, options](tls::Socket socket) {
                               spawn(control_.get_executor(),
                                     serve_own(std::move(socket), handler, options),
                                     log::internal_error);
                             }),
        log::internal_error);
}

Task<void> Server::serve_own(tls::Socket socket, SmallHandler handler, SmallOptions options) {
  auto tcp = std::make_unique<tls::TcpConnection>(std::move(socket), deadlines_);
  tls::TcpConnection* const key = tcp.get();
  own_connections_.insert(key);
  co_await serve_small(std::move(tcp), std::move(handler), std::move(options));
  own_connections_.erase(key);
}

// The one that asks, where no other has less to do: then no thread has to wake another.
Worker& Server::least_loaded(Worker& home) {
  Worker* least = &home;
  for (const auto& worker : workers_) {
    if (worker->load() < least->load()) least = worker.get();
  }
  return *least;
}

void Server::on_token(const std::string& identity, const auth::TokenState& state) {
  for (const auto& worker : workers_) {
    worker->post([&slots = *worker, identity, state] { slots.slot(identity).put(state); });
  }
  if (identity == "default" && !state.token && state.failure && shared_->config.require_token) {
    log::error("token_required",
               {{"error", state.failure->summary()}, {"fix", state.failure->fix}});
    exit_code_ = 1;
    stop();
  }
  if (token_watcher_) token_watcher_(identity, state);
  if (!was_ready_ && readiness().ready()) {
    was_ready_ = true;
    log::info("ready", {});
  }
}

Task<void> Server::tick() {
  while (!stopped_) {
    tick_timer_.expires_after(std::chrono::seconds(1));
    co_await expiry(tick_timer_);
    deadlines_.sweep(CoarseClock::now());
    log::flush();
  }
}

// Also arms the signals for the next one; 0 is only that.
void Server::on_signal(int number) {
  if (number == SIGHUP) {
    log::warn("reload_unsupported", {{"what", "restart to use a changed configuration"}});
  } else if (number != 0) {
    if (draining_) {
      stop();
    } else {
      begin_drain();
    }
  }
  signals_.async_wait([this](boost::system::error_code failure, int next) {
    if (!failure) on_signal(next);
  });
}

void Server::begin_drain() {
  if (std::exchange(draining_, true)) return;
  log::info("drain", {{"min", shared_->config.drain.min}, {"max", shared_->config.drain.max}});
  spawn(control_.get_executor(), drain(), log::internal_error);
}

// accepting goes on for drain.min, then connections end with their requests. No client
// loses its connection while new ones are still taken: it would come back to us.
Task<void> Server::drain() {
  const config::Drain& limits = shared_->config.drain;
  const auto begun = std::chrono::steady_clock::now();
  const auto past = [begun](std::chrono::milliseconds limit) {
    return std::chrono::steady_clock::now() - begun >= limit;
  };
  co_await wait_until([&] { return past(limits.min); });
  for (const ClientListener& each : client_listeners_) each.listener->close();
  accepting_ = workers_.size();
  for (const auto& worker : workers_) {
    worker->post([this, &accepting = *worker] {
      accepting.stop_accepting();
      --accepting_;
    });
  }
  co_await wait_until([&] { return accepting_ == 0 || past(limits.max); });
  for (const auto& worker : workers_) {
    worker->post([&draining = *worker] { draining.begin_drain(); });
  }
  co_await wait_until([&] {
    return past(limits.max) || std::all_of(workers_.begin(), workers_.end(),
                                           [](const auto& worker) { return worker->load() == 0; });
  });
  stop();
}

// Looks now and then; comes back without it when the server stops.
Task<void> Server::wait_until(std::function<bool()> holds) {
  asio::steady_timer timer(control_);
  while (!stopped_ && !holds()) {
    timer.expires_after(kDrainPoll);
    co_await expiry(timer);
  }
}

void Server::finish(int exit_code) {
  exit_code_ = exit_code;
  stop();
}

void Server::stop() {
  if (std::exchange(stopped_, true)) return;
  for (const ClientListener& each : client_listeners_) each.listener->close();
  if (metadata_listener_) metadata_listener_->close();
  if (admin_listener_) admin_listener_->close();
  for (tls::TcpConnection* connection : own_connections_) connection->shutdown();
  tokens_->stop();
  signals_.cancel();
  tick_timer_.cancel();
  for (const auto& worker : workers_) worker->stop();
  control_.stop();
}

}  // namespace wif::proxy
