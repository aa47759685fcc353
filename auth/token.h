// An access token that is ready to be put into requests. Immutable after it is published, so the
// workers share it by `std::shared_ptr<const Token>` without a lock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"

namespace wif::auth {

struct Token {
  std::string identity;     // name in the configuration
  std::string principal;    // e-mail of the service account; else the provider's resource name
  Secret authorization;     // "Bearer ya29…", the whole value of the header
  std::string fingerprint;  // first 8 hex digits of the SHA-256 of the bare token; may be logged
  SteadyTime issued{};      // when the request that made it was sent
  // SteadyTime::max() in `end` and `serve_until`: the life is unknown (a token read from a file).
  SteadyTime end{};                   // when Google stops taking it
  SteadyTime serve_until{};           // when we stop handing it out: a little before `end`
  std::optional<SystemTime> expires;  // `end` on the wall clock, for people; nullopt = unknown

  bool may_be_served(SteadyTime now) const { return now < serve_until; }
  bool has_known_end() const { return end != SteadyTime::max(); }
};

// Whether `text` can stand behind "Bearer " in a header: visible ASCII, at most 16 KiB, not empty.
bool is_bearer_token(std::string_view text);

// A token with a known life. `bare` is without "Bearer "; `wall` is now, for `expires`.
Token make_token(const Secret& bare, SteadyTime issued, std::chrono::seconds life, SystemTime wall);
// One whose life is unknown.
Token make_endless_token(const Secret& bare, SteadyTime issued);

// When a token of that life is no longer handed out: min(10 s, a twentieth of its life) before the
// end, because a request takes time to arrive.
SteadyTime serve_until(SteadyTime issued, SteadyTime end);

}  // namespace wif::auth
