// One worker's current token of one identity, and the requests that wait for the first one. Filled
// by the control thread through Worker::post, so a request reads a plain pointer. Belongs to one
// worker.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string_view>

#include "auth/refresher.h"
#include "base/result.h"
#include "base/task.h"
#include "tls/event.h"

namespace wif::proxy {

using TokenPtr = std::shared_ptr<const auth::Token>;

class TokenSlot {
 public:
  struct Hooks {
    std::function<void()> wake;                           // a request needs a token
    std::function<void(std::string fingerprint)> reject;  // an API refused this one
  };

  TokenSlot(Executor executor, Hooks hooks) : executor_(executor), hooks_(std::move(hooks)) {}

  // The token to use now; null when there is none that may be served. Never waits.
  const TokenPtr& current() const { return usable() ? state_.token : none_; }

  // The same, waiting up to `limit` for one. Errors by credentials.md 10: kFederationRefused or
  // kTokenUnavailable with retry_after; at once while a failure is fresh.
  Task<Result<TokenPtr>> get(std::chrono::milliseconds limit, std::size_t max_waiters);

  // After a 401: tells the refresher, waits for its word, and returns a token that differs from the
  // refused one, or null: then the 401 is relayed.
  Task<TokenPtr> replacement(std::string fingerprint, std::chrono::milliseconds limit);

  // A new state was published.
  void put(auth::TokenState state);
  const auth::TokenState& state() const { return state_; }
  std::size_t waiters() const { return waiters_.size(); }

 private:
  bool usable() const { return state_.token && state_.token->may_be_served(BootClock::now()); }
  Task<bool> next_state(std::chrono::milliseconds limit);
  Error why_none() const;

  Executor executor_;
  Hooks hooks_;
  auth::TokenState state_;
  TokenPtr none_;
  std::list<std::shared_ptr<tls::Event>> waiters_;
};

}  // namespace wif::proxy
