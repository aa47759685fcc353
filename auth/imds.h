// The EC2 instance metadata service, version 2 with its session token, and version 1 where version
// 2 is not to be had. One object per identity; control thread. Source: "Use the Instance Metadata
// Service", Amazon EC2 User Guide.
#pragma once

#include <string>

#include "auth/context.h"
#include "auth/failure.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/task.h"
#include "config/config.h"

namespace wif::auth {

class Imds {
 public:
  // `base` is "http://169.254.169.254", see imds_base().
  explicit Imds(std::string base);

  // GET of `path` ("/latest/…"); the body of a 200. `exchange` is kImdsRole or kImdsCredentials and
  // says how to judge other answers. Fetches the session token first if it has none, and once more
  // if it is refused.
  Task<Result<std::string, Failure>> get(const Context& context, std::string path,
                                         Exchange exchange);

  const std::string& base() const { return base_; }
  // "169.254.169.254": for people.
  std::string host() const;

 private:
  // Why the session token is missing.
  enum class NoToken { kNone, kSwitchedOff, kTimedOut, kForbidden, kNotOffered };

  Task<Result<void, Failure>> ensure_token(const Context& context);
  Result<void, Failure> read_token_answer(const Context& context,
                                          const Result<http::FetchResponse, http::FetchError>&);
  Result<void, Failure> fall_back(const Context& context, NoToken reason);
  Result<std::string, Failure> read_answer(const Context& context, Exchange exchange,
                                           const std::string& path,
                                           Result<http::FetchResponse, http::FetchError> answer);
  Failure unreachable(const std::string& request, Exchange exchange,
                      const http::FetchError& error) const;

  std::string base_;
  Secret token_;
  SteadyTime token_end_{};
  NoToken no_token_ = NoToken::kNone;
  SteadyTime version1_until_{};  // version 2 is not tried before
  bool answered_ = false;        // since the process started
};

// Setting, then AWS_EC2_METADATA_SERVICE_ENDPOINT, then scheme and host of the credential file's
// `url`, then AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE, then the IPv4 address.
std::string imds_base(const config::ImdsOptions& options, const Environment& environment,
                      const config::Identity& identity);

}  // namespace wif::auth
