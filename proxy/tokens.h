// The control thread's side of tokens: one refresher per identity, and what it says to every
// worker.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "auth/environment.h"
#include "auth/refresher.h"
#include "http/client_fetch.h"
#include "proxy/metrics.h"
#include "proxy/shared.h"
#include "tls/contexts.h"
#include "tls/deadline.h"

namespace wif::proxy {

class Tokens {
 public:
  struct Identity {
    std::unique_ptr<auth::Refresher> refresher;
    auth::TokenState state;
    TokenCounters counters;
  };

  // `on_change` is called on the control thread after each new state. Errors: kInternal of the TLS
  // context. The references outlive this object.
  static Result<std::unique_ptr<Tokens>> make(
      asio::io_context& control, tls::DeadlineList& deadlines, const Shared& shared,
      const std::function<void(const std::string& identity, const auth::TokenState&)>& on_change);

  // Starts fetching the first tokens.
  void start();
  void stop();
  Identity& at(const std::string& name) { return identities_.at(name); }
  const std::map<std::string, Identity>& identities() const { return identities_; }

 private:
  Tokens(asio::io_context& control, const Shared& shared, tls::SslCtxPtr context)
      : control_(control), shared_(shared), context_(std::move(context)) {}
  auth::Context make_context(Identity& identity);

  asio::io_context& control_;
  const Shared& shared_;
  tls::SslCtxPtr context_;
  http::Fetch fetch_;
  auth::ProcessEnvironment environment_;
  std::map<std::string, Identity> identities_;
};

}  // namespace wif::proxy
