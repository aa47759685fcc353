// The subject token: what proves to Google STS who we are. Either a GetCallerIdentity request that
// is signed but not sent (Google sends it), or a token that somebody else issued, from a file or a
// URL. Control thread; aws_subject_token() is pure.
// Sources: AIP-4117; "Workload Identity Federation with AWS", Google Cloud IAM documentation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "auth/aws_credentials.h"
#include "auth/context.h"
#include "auth/failure.h"
#include "auth/jwt.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/task.h"
#include "config/config.h"

namespace wif::auth {

struct SubjectToken {
  SubjectToken(Secret token_in, std::string origin_in)
      : token(std::move(token_in)), origin(std::move(origin_in)) {}

  Secret token;
  std::string origin;               // "file:/var/run/…/token"; for people
  std::optional<JwtClaims> claims;  // where it is a JWT
};

// The percent-encoded envelope with the signed request. `url_template` is
// regional_cred_verification_url. x-goog-cloud-target-resource is among the signed headers: it
// binds the request to this pool and provider, so that it is of no use for another. Good for
// minutes only; never kept.
Secret aws_subject_token(const AwsCredentials& credentials, std::string_view region,
                         std::string_view audience, std::string_view url_template, SystemTime time);

// The region that the template names itself ("https://sts.us-east-2.amazonaws.com…", or us-east-1
// for the global host); nullopt where it says {region}.
std::optional<std::string> region_of_template(std::string_view url_template);

// Reads the token from the credential file's `file` or `url`, anew each time. A JWT whose `exp` is
// before `now` is not given out: `oidc_token_stale`. `claims` is set also then, for messages.
Task<Result<SubjectToken, Failure>> read_subject_token(const Context& context,
                                                       const config::ExternalAccount& account,
                                                       SystemTime now,
                                                       std::optional<JwtClaims>& claims);

}  // namespace wif::auth
