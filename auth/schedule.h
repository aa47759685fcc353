// When to mint again. Pure: time and chance are parameters, so that tests need neither sleeping nor
// luck. Used by Refresher on the control thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "auth/failure.h"
#include "auth/token.h"
#include "base/clock.h"

namespace wif::auth {

// Ahead of the end by min(5 min, a quarter of the life), and by up to a fifth of that more, drawn
// once per token: a fleet that started together does not refresh together. `random` in [0, 1).
SteadyTime refresh_at(const Token& token, double random);

// The pause after `failures` failures of one class in a row (1 = the first), with full jitter,
// never under 1 s. duration::max() for RetryClass::kNo.
SteadyTime::duration retry_wait(RetryClass retry, unsigned failures, double random);

class Schedule {
 public:
  explicit Schedule(SteadyTime now) : next_(now) {}

  // SteadyTime::max() = not before at_once().
  SteadyTime next() const { return next_; }

  void succeeded(const Token& token, SteadyTime now, double random);
  void failed(const Failure& failure, SteadyTime now, double random);

  // A request wants a token and has none: with RetryClass::kBackoff the next attempt is at most 2 s
  // after the last. Whether next() has changed.
  bool wanted();

  // An API refused the token: whether to refresh now, which is done once in 30 s.
  bool force(SteadyTime now);

  // Forgets failures; the next attempt is now.
  void at_once(SteadyTime now);

  // For what is looked at regularly.
  void look_again(SteadyTime at) { next_ = at; }

 private:
  SteadyTime next_;
  std::optional<RetryClass> failing_;
  unsigned failures_ = 0;
  SteadyTime failed_at_{};
  std::optional<SteadyTime> forced_at_;
};

}  // namespace wif::auth
