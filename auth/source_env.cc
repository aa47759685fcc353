// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. A process cannot see its
// environment change, so these are read once and a session token among them runs out for good.
#include "auth/source.h"

namespace wif::auth {

bool env_present(const Environment& environment) {
  return !environment.get("AWS_ACCESS_KEY_ID").empty() ||
         !environment.get("AWS_SECRET_ACCESS_KEY").empty();
}

Task<Result<AwsCredentials, Failure>> load_from_env(SourceInput& input) {
  const Environment& environment = input.context.environment;
  AwsCredentials credentials;
  credentials.origin = "env";
  credentials.access_key_id = environment.get("AWS_ACCESS_KEY_ID");
  credentials.secret_access_key = Secret(environment.get("AWS_SECRET_ACCESS_KEY"));
  credentials.session_token = Secret(environment.get("AWS_SESSION_TOKEN"));
  if (credentials.session_token.empty()) {
    credentials.session_token = Secret(environment.get("AWS_SECURITY_TOKEN"));  // its older name
  }
  const char* missing = nullptr;
  if (credentials.access_key_id.empty()) missing = "AWS_ACCESS_KEY_ID is not set";
  if (credentials.secret_access_key.empty()) missing = "AWS_SECRET_ACCESS_KEY is not set";
  if (missing != nullptr) {
    co_return local_failure(Step::kAws, "aws_credentials_incomplete", missing);
  }
  co_return credentials;
}

}  // namespace wif::auth
