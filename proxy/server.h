// The running proxy: workers, listeners, tokens, admin, signals. Everything here lives on the
// control thread, which is the one that calls run().
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "config/config.h"
#include "proxy/admin.h"
#include "proxy/admission.h"
#include "proxy/client_variables.h"
#include "proxy/listener.h"
#include "proxy/shared.h"
#include "proxy/tokens.h"
#include "proxy/worker.h"
#include "tls/deadline.h"

namespace wif::proxy {

class Server {
 public:
  // Makes the CA, exports its files, binds the listeners, prepares the workers. Errors:
  // kConfiguration (exit code 78), kInternal.
  static Result<std::unique_ptr<Server>> make(config::Config config);
  // Lets the signals that run() handles wait for it. Before make(): one in the middle of it would
  // leave a file half written. On the main thread.
  static void hold_signals();

  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  enum class Signals { kOwn, kLeft };
  using TokenWatcher = std::function<void(const std::string& identity, const auth::TokenState&)>;

  // Serves until SIGTERM or SIGINT and the drain after it, or finish(). Returns the exit
  // code. Signals::kLeft: somebody else handles them.
  int run(Signals signals = Signals::kOwn);
  // Ends run() without a drain. On the control thread, not from inside a TokenWatcher.
  void finish(int exit_code);
  // Is told of every new state of a token, on the control thread. Before run().
  void watch_tokens(TokenWatcher watcher) { token_watcher_ = std::move(watcher); }
  // What clients are to be told about this proxy.
  ClientSettings client_settings() const;
  // The loop that run() runs.
  asio::io_context& control() { return control_; }
  // False: some connection would not end; the process must end without destroying this object.
  bool ended_cleanly() const { return ended_cleanly_; }

 private:
  explicit Server(std::unique_ptr<Shared> shared);
  Task<void> serve_own(tls::Socket socket, SmallHandler handler, SmallOptions options);
  Result<void> prepare();
  Result<void> bind();
  // Binds, and replaces the endpoint by the one that is bound.
  Result<std::unique_ptr<Listener>> open_listener(config::Endpoint& endpoint);
  Result<void> export_files();
  void log_start() const;
  void on_token(const std::string& identity, const auth::TokenState& state);
  void on_signal(int number);
  void accept_clients();
  void accept_own(Listener& listener, const SmallHandler& handler, const SmallOptions& options);
  Task<void> tick();
  Task<void> drain();
  Task<void> wait_until(std::function<bool()> holds);
  void begin_drain();
  void stop();
  Readiness readiness() const;
  Task<AdminSnapshot> gather();
  Worker& least_loaded(Worker& home);
  Task<Counters> counters_of(Worker& worker);

  std::unique_ptr<Shared> shared_;
  asio::io_context control_{1};
  tls::DeadlineList deadlines_;
  std::unique_ptr<Admission> admission_;  // outlives the connections
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> accepting_{0};  // workers that accept clients
  // Where clients connect, and what is spoken there.
  struct ClientListener {
    std::unique_ptr<Listener> listener;
    Worker::Serve serve;
  };
  std::vector<ClientListener> client_listeners_;
  std::unique_ptr<Listener> metadata_listener_;
  std::unique_ptr<Listener> admin_listener_;
  std::unique_ptr<Tokens> tokens_;
  Counters own_counters_;                          // of the metadata listener
  std::set<tls::TcpConnection*> own_connections_;  // of the metadata and admin listeners
  asio::signal_set signals_{control_};
  asio::steady_timer tick_timer_{control_};
  TokenWatcher token_watcher_;
  std::string export_dir_;
  std::chrono::steady_clock::time_point started_;
  bool draining_ = false;
  bool stopped_ = false;
  bool was_ready_ = false;
  int exit_code_ = 0;
  bool ended_cleanly_ = true;
};

}  // namespace wif::proxy
