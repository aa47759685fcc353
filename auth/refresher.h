// Keeps one identity's token fresh: mints ahead of the end, backs off after failures, and tells
// everybody by a callback. One coroutine per identity, so there is one flight at a time by
// construction. Lives on the control thread; every member is called there.
//
// While a token may still be served, requests go on with it whatever happens here; workers check
// Token::serve_until themselves.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/context.h"
#include "auth/failure.h"
#include "auth/token.h"
#include "base/clock.h"
#include "base/task.h"
#include "config/config.h"

namespace wif::auth {

// What the workers need to know about an identity; published on every change.
struct TokenState {
  // nullptr: none yet, or the last one was dropped because an API refused it. One that is past its
  // `serve_until` stays here until it is replaced.
  std::shared_ptr<const Token> token;
  // The last attempt's failure; nullopt after a success and while a first or forced attempt runs.
  std::optional<Failure> failure;
  // When the next attempt begins: what Retry-After is computed from. SteadyTime::max() = not
  // before a reload (RetryClass::kNo).
  SteadyTime next_attempt{};
  std::string source;  // where the inputs came from, "container:169.254.170.2"; "" = not known yet
  std::chrono::seconds clock_offset{0};  // server time minus local time, 0 within 30 s
};

using Publish = std::function<void(const TokenState&)>;

class Refresher {
 public:
  // `publish` is called on the control thread, from inside run() and reject(); it must not call
  // back into this object.
  Refresher(Context context, config::Identity identity, Publish publish);
  ~Refresher();
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;

  // Mints at once and then for ever, until stop(). This object must outlive the coroutine.
  Task<> run(Executor executor);

  // An API answered 401 to the token with that fingerprint. If it is the current one, and the last
  // forced refresh is at least 30 s ago, it is dropped and a new one is made at once. In any case
  // the state is published again, so a waiting request learns: no token = wait; another token = use
  // it; the same token = relay the 401.
  void reject(std::string_view fingerprint);

  // A request wants a token and there is none: with RetryClass::kBackoff the next attempt is then
  // at most 2 s after the last. Cheap; call it for every such request.
  void wake();

  // The operator asked (SIGHUP): forgets the failure and cached AWS credentials, tries at once.
  void retry_now();

  // Ends run() at once if it sleeps, else after the exchange that is in flight.
  void stop();

  const config::Identity& identity() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace wif::auth
