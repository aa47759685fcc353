// Why there is no new token: one of a closed list of codes, what the service said, and the command
// that puts it right. The codes are stable: they are log fields, metric labels and part of answers
// to clients (docs/errors.md). Values; any thread.
//
// Sources: the error models of AWS STS, of the Amazon ECS and EKS Pod Identity agents and of the
// EC2 instance metadata service; RFC 6749 5.2 and RFC 8693 2.2.2 as Google's STS speaks them;
// AIP-193 (google.rpc.Status) for IAM Credentials and the APIs.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/fetch.h"

namespace wif::auth {

// When it makes sense to try again.
enum class RetryClass {
  kNo,           // configuration: not before a reload
  kSlow,         // somebody must change something elsewhere: 30 s, doubling to 5 min
  kBackoff,      // 1 s, doubling to 60 s
  kOnceFresh,    // at once with fresh inputs, then as kSlow
  kRefreshOnce,  // an API refused the token: Refresher::reject
};
std::string_view name_of(RetryClass retry);

// The part of the chain that failed; label `step` of the metrics.
enum class Step { kAws, kSts, kImpersonate, kApi };
std::string_view name_of(Step step);

// The request whose answer is being judged.
enum class Exchange {
  kImdsToken,
  kImdsRole,
  kImdsCredentials,
  kContainer,
  kAssumeRole,  // AWS STS AssumeRoleWithWebIdentity
  kAwsSts,      // AWS STS GetCallerIdentity
  kSubject,     // a subject token from a URL
  kSts,         // Google STS
  kIamCredentials,
  kApi,
};
Step step_of(Exchange exchange);

// What is known for the ${NAMES} in explanations and commands: SA_EMAIL, PROJECT_ID,
// PROJECT_NUMBER, POOL, PROVIDER, AWS_ACCOUNT_ID, IAM_ROLE, … (auth/facts.h).
using Facts = std::map<std::string, std::string, std::less<>>;

struct Failure {
  std::string code;
  RetryClass retry = RetryClass::kSlow;
  Step step = Step::kAws;
  int status = 0;       // HTTP status, 0 = no answer or not about an answer
  std::string message;  // the service's own text, at most 500 bytes, without secrets
  // Google STS, IAM Credentials or AWS STS said no, for good: clients get FEDERATION_REFUSED.
  // Otherwise TOKEN_UNAVAILABLE.
  bool refused = false;
  std::string explain;  // one sentence for a person
  std::string fix;      // a command or an instruction; names that are not known stay ${NAME}

  // What a client is told: reason, code and a sentence that holds `message` and `explain`.
  Error to_error() const;
  // "generateAccessToken: 403 The caller does not have permission": one line for logs.
  std::string summary() const;
};

// Judges an answer that is not what was hoped for. `status` is nullopt when no answer came in time,
// although the connection was made. Pure; `explain` and `fix` are not filled in.
Failure classify(Exchange exchange, std::optional<int> status, std::string_view body);

// No answer at all: resolving, connecting, TLS or time. Code `network`.
Failure no_answer(Exchange exchange, const http::FetchError& error);

// A failure that was found on our side. `retry` comes from the table of codes.
Failure local_failure(Step step, std::string_view code, std::string_view message);

// Whether `code` is one of the table, and so has an explanation.
bool is_known_code(std::string_view code);
// All codes of the table, for documentation and tests.
std::vector<std::string_view> failure_codes();

// Fills in `explain` and `fix` from the table, with ${NAME} replaced where `facts` knows it.
void explain(Failure& failure, const Facts& facts);

// `text` with each ${NAME} that `facts` knows replaced by its value (which is not looked into).
std::string expand(std::string_view text, const Facts& facts);

}  // namespace wif::auth
