// What is known about an identity and about who we are to AWS or Google, as the ${NAMES} that the
// table of failure codes uses. Pure; any thread.
//
// Names: SA_EMAIL PROJECT_ID QUOTA_PROJECT PROJECT_NUMBER POOL PROVIDER UPDATE_PROVIDER; of AWS
// AWS_ARN AWS_PARTITION AWS_ACCOUNT_ID IAM_ROLE; of a token TOKEN_ISSUER TOKEN_SUBJECT
// TOKEN_AUDIENCE NAMESPACE KSA; and MEMBER (the principal to bind) and WHO (the same in words).
#pragma once

#include <optional>
#include <string>

#include "auth/failure.h"
#include "auth/jwt.h"
#include "config/config.h"

namespace wif::auth {

// Who we turned out to be, as far as the sources told.
struct Caller {
  std::string arn;   // of the IAM role or of the assumed role
  std::string role;  // name, where there is no ARN
  std::optional<JwtClaims> claims;
};

Facts facts_of(const config::Identity& identity, const Caller& caller);

// The parts of "arn:aws:iam::ACCOUNT:role/path/NAME" and
// "arn:aws:sts::ACCOUNT:assumed-role/NAME/session".
struct RoleArn {
  std::string partition;
  std::string account_id;
  std::string role;
};
std::optional<RoleArn> parse_role_arn(std::string_view arn);

// E-mail of the service account that is impersonated, "" for direct access.
std::string service_account_of(const config::Identity& identity);

}  // namespace wif::auth
