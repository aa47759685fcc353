// The whole chain for one identity: AWS credentials or a subject token, Google STS, impersonation.
// Keeps what may be kept between two mints: AWS credentials, region, federated token, clock offset.
// Control thread; one run() at a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "auth/aws_credentials.h"
#include "auth/clock_offset.h"
#include "auth/context.h"
#include "auth/facts.h"
#include "auth/failure.h"
#include "auth/imds.h"
#include "auth/region.h"
#include "auth/source.h"
#include "auth/sts.h"
#include "auth/token.h"
#include "base/task.h"
#include "config/config.h"

namespace wif::auth {

class Mint {
 public:
  // Both must outlive this object; `identity.account` must be set.
  Mint(const Context& context, const config::Identity& identity);

  // A new token. Where cached inputs turn out to be stale (RetryClass::kOnceFresh) they are dropped
  // and the chain is walked once more. A failure comes explained.
  Task<Result<Token, Failure>> run();

  // Drops everything that is kept but the region.
  void forget();

  // What is known so far; for `check`, metrics and messages.
  const std::string& source() const { return source_; }  // "container:169.254.170.2", or ""
  const Region& region() const { return region_; }       // its name may be ""
  const std::optional<AwsCredentials>& aws_credentials() const { return aws_; }
  std::chrono::seconds clock_offset() const { return clock_offset_.value(); }
  Facts facts() const { return facts_of(identity_, caller_); }

 private:
  Task<Result<Token, Failure>> once();
  Task<Result<void, Failure>> renew_federated_token();
  Task<Result<SubjectToken, Failure>> make_subject();
  Task<Result<SubjectToken, Failure>> make_aws_subject();
  Task<Result<void, Failure>> ensure_aws_credentials();
  Task<Result<void, Failure>> ensure_region();
  Task<> learn_caller(std::string code);
  void keep(AwsCredentials credentials, const Source& source);
  void warn_about(const Source& source);
  void drop_stale(const Failure& failure);
  void observe(Step step, std::string_view result, std::chrono::nanoseconds took) const;
  SystemTime aws_time() const { return clock_offset_.corrected(context_.clock.wall()); }

  const Context& context_;
  const config::Identity& identity_;
  Imds imds_;
  ClockOffset clock_offset_;
  std::optional<AwsCredentials> aws_;
  SteadyTime aws_again_{};  // when `aws_` is asked for again
  bool loaded_once_ = false;
  bool warned_ = false;
  bool asked_aws_ = false;  // who `aws_` is
  Region region_;
  std::string source_;
  Caller caller_;
  std::optional<FederatedToken> federated_;
  std::chrono::nanoseconds subject_took_{0};  // part of the exchange in flight
};

}  // namespace wif::auth
