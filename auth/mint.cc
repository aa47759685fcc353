#include "auth/mint.h"

#include <algorithm>
#include <utility>

#include "auth/caller_identity.h"
#include "auth/impersonate.h"
#include "auth/subject.h"
#include "base/log.h"

namespace wif::auth {
namespace {

using std::chrono::seconds;

// New AWS credentials are offered at least five minutes before the old ones end.
constexpr seconds kAwsMargin{300};
// AWS extends the validity of credentials in outages, so expired ones are still signed with.
constexpr seconds kAskAgain{60};
// Less left than this is not worth a call to IAM Credentials.
constexpr seconds kFederatedMargin{60};

}  // namespace

Mint::Mint(const Context& context, const config::Identity& identity)
    : context_(context),
      identity_(identity),
      imds_(imds_base(context.imds, context.environment, identity)) {}

void Mint::forget() {
  aws_.reset();
  federated_.reset();
}

Task<Result<Token, Failure>> Mint::run() {
  auto token = co_await once();
  if (!token && token.error().retry == RetryClass::kOnceFresh) {
    drop_stale(token.error());
    token = co_await once();
    // Refused twice, the second time with fresh inputs: that is definite.
    const bool again = !token && token.error().retry == RetryClass::kOnceFresh;
    if (again && token.error().status != 0) token.error().refused = true;
  }
  if (!token) {
    co_await learn_caller(token.error().code);
    explain(token.error(), facts());
    co_return token;
  }
  token->identity = identity_.name;
  token->principal = service_account_of(identity_);
  constexpr std::string_view kHost = "//iam.googleapis.com/";
  const std::string& audience = identity_.account->audience;
  if (token->principal.empty()) {
    token->principal =
        audience.substr(0, kHost.size()) == kHost ? audience.substr(kHost.size()) : audience;
  }
  co_return token;
}

Task<Result<Token, Failure>> Mint::once() {
  // An access token lives longer than the federated token it was made from, so one of these serves
  // several mints; without impersonation it is the result itself.
  const bool direct = !impersonates(identity_);
  const bool usable =
      federated_ && federated_->end() - context_.clock.now() >= kFederatedMargin && !direct;
  if (!usable) {
    federated_.reset();
    CO_TRY_VOID(co_await renew_federated_token());
  }
  if (direct) {
    const FederatedToken federated = *std::exchange(federated_, std::nullopt);
    co_return make_token(federated.token, federated.issued, federated.life, context_.clock.wall());
  }
  const SteadyTime began = context_.clock.now();
  auto token = co_await impersonate(context_, identity_, federated_->token, clock_offset_);
  observe(Step::kImpersonate, token ? "ok" : std::string_view(token.error().code),
          context_.clock.now() - began);
  co_return token;
}

Task<Result<void, Failure>> Mint::renew_federated_token() {
  const SteadyTime began = context_.clock.now();
  subject_took_ = {};
  const MakeSubject subject = [this] { return make_subject(); };
  auto federated = co_await exchange(context_, identity_, subject, clock_offset_);
  const auto took = context_.clock.now() - began - subject_took_;
  const bool aws_failed = !federated && federated.error().step == Step::kAws;
  observe(Step::kAws, aws_failed ? std::string_view(federated.error().code) : "ok", subject_took_);
  if (aws_failed) co_return std::move(federated).error();
  observe(Step::kSts, federated ? "ok" : std::string_view(federated.error().code), took);
  if (!federated) co_return std::move(federated).error();
  federated_ = *std::move(federated);
  co_return Result<void, Failure>();
}

Task<Result<SubjectToken, Failure>> Mint::make_subject() {
  const SteadyTime began = context_.clock.now();
  const config::ExternalAccount& account = *identity_.account;
  if (account.source == config::ExternalAccount::SourceKind::kAws) {
    auto signed_request = co_await make_aws_subject();
    subject_took_ += context_.clock.now() - began;
    co_return signed_request;
  }
  auto token = co_await read_subject_token(context_, account, aws_time(), caller_.claims);
  subject_took_ += context_.clock.now() - began;
  if (token) source_ = token->origin;
  co_return token;
}

Task<Result<SubjectToken, Failure>> Mint::make_aws_subject() {
  CO_TRY_VOID(co_await ensure_aws_credentials());
  CO_TRY_VOID(co_await ensure_region());
  const config::ExternalAccount& account = *identity_.account;
  Secret token = aws_subject_token(*aws_, region_.name, account.audience,
                                   account.regional_cred_verification_url, aws_time());
  co_return SubjectToken(std::move(token), source_);
}

Task<Result<void, Failure>> Mint::ensure_aws_credentials() {
  if (aws_ && context_.clock.now() < aws_again_) co_return Result<void, Failure>();
  const Source* source = choose_source(context_.environment, identity_.aws_source);
  if (source == nullptr) {
    co_return local_failure(Step::kAws, "no_aws_credentials", why_no_source(context_.environment));
  }
  warn_about(*source);
  Caller caller;
  SourceInput input(context_, identity_, imds_, caller);
  input.first_load = !loaded_once_;
  auto credentials = co_await source->load(input);
  if (credentials) {
    caller_ = std::move(caller);
    keep(*std::move(credentials), *source);
    co_return Result<void, Failure>();
  }
  const bool old_ones_do = aws_ && (!aws_->expires || *aws_->expires > aws_time());
  if (!old_ones_do) {
    caller_ = std::move(caller);
    co_return std::move(credentials).error();
  }
  log::debug("credential_source", {{"identity", identity_.name},
                                   {"source", source_},
                                   {"error", credentials.error().summary()}});
  aws_again_ = context_.clock.now() + kAskAgain;
  co_return Result<void, Failure>();
}

void Mint::keep(AwsCredentials credentials, const Source& source) {
  aws_ = std::move(credentials);
  source_ = aws_->origin;
  loaded_once_ = true;
  asked_aws_ = false;
  const SteadyTime now = context_.clock.now();
  if (!aws_->expires) {
    const bool for_ever = source.keep_without_expiry == seconds(0);
    aws_again_ = for_ever ? SteadyTime::max() : now + source.keep_without_expiry;
    return;
  }
  const auto left = *aws_->expires - aws_time();
  if (left > seconds(0)) {
    aws_again_ = now + std::max<SteadyTime::duration>(left - kAwsMargin, seconds(0));
    return;
  }
  aws_again_ = now + kAskAgain;
  log::warn("credential_source",
            {{"identity", identity_.name},
             {"source", source_},
             {"error", "the AWS credentials have expired; used all the same"}});
}

// Once per process: set-ups that work today and fail or surprise later.
void Mint::warn_about(const Source& source) {
  if (std::exchange(warned_, true)) return;
  const Environment& environment = context_.environment;
  std::string_view warning;
  if (source.kind == config::AwsSource::kEnv && (!environment.get("AWS_SESSION_TOKEN").empty() ||
                                                 !environment.get("AWS_SECURITY_TOKEN").empty())) {
    warning = "AWS_SESSION_TOKEN runs out and cannot be renewed from the environment";
  }
  const bool in_container = !environment.get("ECS_CONTAINER_METADATA_URI_V4").empty() ||
                            !environment.get("KUBERNETES_SERVICE_HOST").empty() ||
                            environment.get("AWS_EXECUTION_ENV").substr(0, 8) == "AWS_ECS_";
  if (source.kind == config::AwsSource::kImds && in_container) {
    warning = "this container uses the role of its host, as everything on that host does";
  }
  if (warning.empty()) return;
  log::warn("credential_source",
            {{"identity", identity_.name}, {"source", source.name}, {"warning", warning}});
}

Task<Result<void, Failure>> Mint::ensure_region() {
  if (!region_.name.empty()) co_return Result<void, Failure>();
  const auto fixed = region_of_template(identity_.account->regional_cred_verification_url);
  if (fixed) {
    region_.name = *fixed;
    region_.from = "regional_cred_verification_url";
    co_return Result<void, Failure>();
  }
  auto region = co_await find_region(context_, identity_, aws_->region, imds_);
  if (!region) co_return std::move(region).error();
  region_ = *std::move(region);
  co_return Result<void, Failure>();
}

// The commands for some failures name the role, which only AWS itself knows with some sources.
Task<> Mint::learn_caller(std::string code) {
  const bool wanted = code == "iam_binding_missing" || code == "attribute_condition_rejected";
  const bool known = facts().contains("AWS_ACCOUNT_ID");
  if (!wanted || known || !aws_ || asked_aws_) co_return;
  asked_aws_ = true;
  auto arn = co_await caller_identity(context_, *aws_, region_.name, clock_offset_);
  if (arn) caller_.arn = *std::move(arn);
}

void Mint::drop_stale(const Failure& failure) {
  if (failure.step == Step::kImpersonate) federated_.reset();
  // The signature's time was wrong, not the key: by now the offset is known.
  if (failure.code != "clock_skew" && failure.step != Step::kImpersonate) aws_.reset();
}

void Mint::observe(Step step, std::string_view result, std::chrono::nanoseconds took) const {
  if (context_.on_step) context_.on_step(step, result, took);
}

}  // namespace wif::auth
