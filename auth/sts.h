// The exchange at Google STS: a subject token for a federated access token. Control thread.
// Sources: RFC 8693; "Method: token", Security Token Service API; AIP-4117.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "auth/clock_offset.h"
#include "auth/context.h"
#include "auth/failure.h"
#include "auth/subject.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/task.h"
#include "config/config.h"

namespace wif::auth {

struct FederatedToken {
  Secret token;
  SteadyTime issued{};
  std::chrono::seconds life{0};
  SteadyTime end() const { return issued + life; }
};

// Makes the subject token; called anew for every attempt, because a signature must be fresh.
using MakeSubject = std::function<Task<Result<SubjectToken, Failure>>()>;

// Up to four attempts. `identity.account` must be set. Learns the clock offset on the way.
// Failures: those of the subject, those that STS answers, `network`, `unexpected_answer`.
Task<Result<FederatedToken, Failure>> exchange(const Context& context,
                                               const config::Identity& identity,
                                               const MakeSubject& make_subject,
                                               ClockOffset& clock_offset);

// The body of the request, fields in alphabetical order. Holds the subject token.
std::string sts_form(const config::Identity& identity, std::string_view subject_token);

// Whether a service account is impersonated; the result is the federated token itself otherwise.
bool impersonates(const config::Identity& identity);

}  // namespace wif::auth
