#include "auth/imds.h"

#include <chrono>
#include <optional>
#include <utility>

#include "auth/attempts.h"
#include "auth/url.h"
#include "base/text.h"

namespace wif::auth {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kTokenLife{21600};
constexpr seconds kTokenMargin{60};
constexpr minutes kVersion1Memory{5};

bool version1_allowed(const Context& context) {
  return context.imds.v1 &&
         !iequals(context.environment.get("AWS_EC2_METADATA_V1_DISABLED"), "true");
}

bool is_silence(const http::FetchError& error) {
  return error.stage == http::FetchError::Stage::kTimeout && error.connected;
}

}  // namespace

Imds::Imds(std::string base) : base_(std::move(base)) {
  while (!base_.empty() && base_.back() == '/') base_.pop_back();
}

std::string Imds::host() const {
  const auto url = parse_url(base_);
  return url ? url->host : base_;
}

Task<Result<std::string, Failure>> Imds::get(const Context& context, std::string path,
                                             Exchange exchange) {
  for (bool again = false;; again = true) {
    auto ready = co_await ensure_token(context);
    if (!ready) co_return std::move(ready).error();
    const MakeRequest make_request = [&] {
      auto request = metadata_request(context, "GET", base_ + path);
      if (!token_.empty()) {
        request.headers.emplace_back("X-aws-ec2-metadata-token", token_.reveal());
      }
      return request;
    };
    // After a silent PUT one attempt is enough to tell which of the two kinds of silence it is.
    const Pauses pauses = no_token_ == NoToken::kTimedOut ? Pauses() : metadata_pauses();
    auto answer = co_await fetch_with_pauses(context, pauses, make_request);
    const bool stale = answer && answer->status == 401 && !token_.empty();
    if (!stale || again) co_return read_answer(context, exchange, path, std::move(answer));
    token_ = Secret();
  }
}

Task<Result<void, Failure>> Imds::ensure_token(const Context& context) {
  const SteadyTime now = context.clock.now();
  if (!context.imds.v2) {
    no_token_ = NoToken::kSwitchedOff;
    co_return Result<void, Failure>();
  }
  const bool have_token = !token_.empty() && now < token_end_;
  if (have_token || now < version1_until_) co_return Result<void, Failure>();
  token_ = Secret();
  auto request = metadata_request(context, "PUT", base_ + "/latest/api/token");
  // One attempt: the usual failure is silence, and it costs the whole second.
  request.timeout = std::chrono::milliseconds(1000);
  request.headers.emplace_back("X-aws-ec2-metadata-token-ttl-seconds",
                               std::to_string(kTokenLife.count()));
  auto answer = co_await context.fetch(std::move(request));
  co_return read_token_answer(context, answer);
}

Result<void, Failure> Imds::read_token_answer(
    const Context& context, const Result<http::FetchResponse, http::FetchError>& answer) {
  if (!answer) {
    if (is_silence(answer.error())) return fall_back(context, NoToken::kTimedOut);
    return unreachable("PUT " + base_ + "/latest/api/token", Exchange::kImdsToken, answer.error());
  }
  answered_ = true;
  if (answer->status == 200) {
    const std::string_view token = trim(answer->body);
    if (token.empty() || token.size() > 4096) {
      return local_failure(Step::kAws, "imds_unexpected", "the session token is empty or too long");
    }
    token_ = Secret(token);
    token_end_ = answer->sent_at + kTokenLife - kTokenMargin;
    no_token_ = NoToken::kNone;
    return {};
  }
  if (answer->status == 403) return fall_back(context, NoToken::kForbidden);
  if (answer->status == 404 || answer->status == 405) {
    return fall_back(context, NoToken::kNotOffered);
  }
  return classify(Exchange::kImdsToken, answer->status, answer->body);
}

// Goes on without a token, if that is allowed.
Result<void, Failure> Imds::fall_back(const Context& context, NoToken reason) {
  no_token_ = reason;
  if (version1_allowed(context)) return {};
  switch (reason) {
    case NoToken::kTimedOut:
      return local_failure(Step::kAws, answered_ ? "network" : "imds_hop_limit",
                           "PUT /latest/api/token timed out after 1.0 s, TCP connects");
    case NoToken::kForbidden: return classify(Exchange::kImdsToken, 403, "");
    default:
      return local_failure(Step::kAws, "imds_unexpected",
                           "IMDSv2 is not offered here, and IMDSv1 is switched off");
  }
}

Result<std::string, Failure> Imds::read_answer(
    const Context& context, Exchange exchange, const std::string& path,
    Result<http::FetchResponse, http::FetchError> answer) {
  const std::string request = "GET " + base_ + path;
  if (!answer) {
    const bool silent_twice = no_token_ == NoToken::kTimedOut && is_silence(answer.error());
    if (!silent_twice || answered_) return unreachable(request, exchange, answer.error());
    constexpr std::string_view kSeen =
        "PUT /latest/api/token timed out after 1.0 s, TCP connects; IMDSv1 is silent too";
    return local_failure(Step::kAws, "imds_hop_limit", std::string(kSeen));
  }
  const bool token_refused = token_.empty() && answer->status == 401;
  if (token_refused) version1_until_ = SteadyTime();  // version 1 has been switched off meanwhile
  if (token_refused && no_token_ == NoToken::kTimedOut) {
    constexpr std::string_view kSeen =
        "PUT /latest/api/token timed out after 1.0 s, TCP connects; IMDSv1 answers 401";
    return local_failure(Step::kAws, answered_ ? "network" : "imds_hop_limit", std::string(kSeen));
  }
  if (token_refused && no_token_ == NoToken::kForbidden) {
    return classify(Exchange::kImdsToken, 403, "");
  }
  answered_ = true;
  if (answer->status != 200) return classify(exchange, answer->status, answer->body);
  const bool version1_works = token_.empty() && no_token_ != NoToken::kSwitchedOff;
  if (version1_works && context.clock.now() >= version1_until_) {
    version1_until_ = context.clock.now() + kVersion1Memory;
  }
  return std::move(answer->body);
}

// Nothing there at all means "not on EC2", until it has answered once.
Failure Imds::unreachable(const std::string& request, Exchange exchange,
                          const http::FetchError& error) const {
  const bool absent = !answered_ && !error.connected;
  Failure failure = no_answer(exchange, error);
  if (absent) failure = local_failure(Step::kAws, "no_aws_credentials", error.what);
  failure.message = request + ": " + failure.message;
  return failure;
}

std::string imds_base(const config::ImdsOptions& options, const Environment& environment,
                      const config::Identity& identity) {
  if (!options.endpoint.empty()) return options.endpoint;
  std::string endpoint = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (!endpoint.empty()) return endpoint;
  if (identity.account) {
    const auto url = parse_url(identity.account->security_credentials_url);
    if (url) return url->origin();
  }
  const std::string mode = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
  return iequals(mode, "IPv6") ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
}

}  // namespace wif::auth
