// generateAccessToken of IAM Credentials: a federated token for one of a service account. Control
// thread. Source: "projects.serviceAccounts.generateAccessToken", IAM Service Account Credentials
// API.
#pragma once

#include <string>

#include "auth/clock_offset.h"
#include "auth/context.h"
#include "auth/failure.h"
#include "auth/token.h"
#include "base/secret.h"
#include "base/task.h"
#include "config/config.h"

namespace wif::auth {

// Up to four attempts. `identity` and `principal` of the token are left to the caller. Failures:
// those that IAM Credentials answers, `network`, `unexpected_answer`.
Task<Result<Token, Failure>> impersonate(const Context& context, const config::Identity& identity,
                                         const Secret& federated_token, ClockOffset& clock_offset);

// The credential file's URL as it is, unless the setting `service_account` names another account.
std::string impersonation_url(const config::Identity& identity);

// The body of the request.
std::string impersonation_body(const config::Identity& identity);

}  // namespace wif::auth
