#include "proxy/run_session.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "base/ready_queue.h"
#include "config/load.h"
#include "proxy/commands.h"
#include "proxy/failure_text.h"

namespace wif::proxy {
namespace {

constexpr std::string_view kIdentity = "default";

void say(const std::string& line) { std::fprintf(stderr, "wif-proxy: %s\n", line.c_str()); }

// What an outage is repeated for; everything else needs a person.
bool may_pass(const auth::Failure& failure) { return failure.retry == auth::RetryClass::kBackoff; }

std::string banner(const ClientSettings& settings, const auth::TokenState* state) {
  std::string line;
  if (state != nullptr) line = "source " + describe_source(state->source) + " · ";
  if (state != nullptr && !state->token->principal.empty()) {
    line += "identity " + state->token->principal + " · ";
  }
  return line + "proxy " + settings.proxy;
}

std::string removed_line(const std::vector<std::string>& names) {
  std::string line = "not passed on to the command:";
  for (const std::string& name : names) line += " " + name;
  return line;
}

}  // namespace

int RunSession::run(config::Config config) {
  const bool brief = config.log.level == config::LogOptions::Level::kWarn;
  const auto patience = config.limits.token_wait;
  const bool waits = options_.wait_for_token && config.identities.contains(std::string(kIdentity));
  auto server = Server::make(std::move(config));
  if (!server) {
    say(server.error().what);
    return kExitNotStarted;
  }
  server_ = *std::move(server);
  asio::io_context& loop = server_->control();
  supervisor_.emplace(loop, child_.id(), [this](int exit_code) {
    decided_ = true;
    end(exit_code);
  });
  spawn(loop.get_executor(), supervisor_->run(), log::internal_error);
  if (waits) {
    // Why there is no token is told by failure_block(), once.
    if (brief) asio::post(loop, [] { log::set_level(log::Level::kError); });
    muted_ = brief;
    server_->watch_tokens([this](const std::string& identity, const auth::TokenState& state) {
      on_token(identity, state);
    });
    patience_.emplace(loop, patience);
    patience_->async_wait([this](boost::system::error_code cancelled) {
      if (cancelled) return;
      out_of_patience_ = true;
      if (failure_) give_up(*failure_);
    });
  } else {
    asio::post(loop, [this] { execute(nullptr); });
  }
  return server_->run(Server::Signals::kLeft);
}

void RunSession::on_token(const std::string& identity, const auth::TokenState& state) {
  if (identity != kIdentity || decided_) return;
  failure_ = state.failure;
  if (state.token) {
    execute(&state);
  } else if (failure_ && (!may_pass(*failure_) || out_of_patience_)) {
    give_up(*failure_);
  }
}

void RunSession::execute(const auth::TokenState* state) {
  if (std::exchange(decided_, true)) return;
  const ClientSettings settings = server_->client_settings();
  const std::string gcloud = options_.own_gcloud_config ? folder_.path() + "/gcloud" : "";
  const ChildEnvironment environment =
      make_child_environment(config::process_environment(), settings, options_.aws, gcloud);
  if (!options_.quiet) {
    say(banner(settings, state));
    if (!environment.removed.empty()) say(removed_line(environment.removed));
    for (const std::string& warning : warnings_about(environment.variables)) say(warning);
  }
  log::flush();
  if (muted_) log::set_level(log::Level::kWarn);
  supervisor_->child_executes();
  const auto executed = child_.execute(environment.variables);
  if (executed) return;
  say(executed.error().what);
  end(executed.error().exit_code);
}

void RunSession::give_up(const auth::Failure& failure) {
  if (std::exchange(decided_, true)) return;
  log::flush();
  std::fputs(failure_block(failure).c_str(), stderr);
  end(kExitNotStarted);
}

// Not at once: the caller may be a part of the server that must not go while it runs.
void RunSession::end(int exit_code) {
  asio::post(server_->control(), [this, exit_code] {
    if (patience_) patience_->cancel();
    supervisor_->close();
    server_->finish(exit_code);
  });
}

}  // namespace wif::proxy
