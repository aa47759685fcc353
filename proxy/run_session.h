// One `run` from its configuration to its command's end: a proxy on free ports, the first token,
// then the command. Main thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "auth/refresher.h"
#include "config/config.h"
#include "proxy/child.h"
#include "proxy/child_environment.h"
#include "proxy/run_folder.h"
#include "proxy/server.h"
#include "proxy/supervisor.h"

namespace wif::proxy {

struct RunOptions {
  AwsVariables aws = AwsVariables::kRemove;
  bool own_gcloud_config = true;  // a fresh CLOUDSDK_CONFIG: gcloud prefers what it has stored
  bool wait_for_token = true;
  bool quiet = false;
};

class RunSession {
 public:
  // `child` waits to be executed; `folder` outlives the session.
  RunSession(RunOptions options, Child child, const RunFolder& folder)
      : options_(options), child_(std::move(child)), folder_(folder) {}

  // Serves until the command has ended, and returns the exit code that `run` has.
  int run(config::Config config);
  // False: as Server::ended_cleanly(), so this object must not be destroyed.
  bool ended_cleanly() const { return !server_ || server_->ended_cleanly(); }

 private:
  void on_token(const std::string& identity, const auth::TokenState& state);
  void execute(const auth::TokenState* state);
  void give_up(const auth::Failure& failure);
  void end(int exit_code);

  RunOptions options_;
  Child child_;
  const RunFolder& folder_;
  std::unique_ptr<Server> server_;
  std::optional<Supervisor> supervisor_;
  std::optional<asio::steady_timer> patience_;
  std::optional<auth::Failure> failure_;  // of the last attempt
  bool out_of_patience_ = false;          // an outage is not waited out any longer
  bool muted_ = false;    // the log says no more than errors until the command is executed
  bool decided_ = false;  // the command was executed, or never will be
};

}  // namespace wif::proxy
