#include "auth/failure.h"

#include <algorithm>
#include <array>
#include <utility>

#include "auth/failure_codes.h"
#include "auth/json_reader.h"
#include "auth/redact.h"
#include "auth/xml.h"

namespace wif::auth {
namespace {

// What an answer says, for people (`shown`) and for the table below (`searched`).
struct Said {
  std::string shown;
  std::string searched;
};

// How to recognise a code: the first row whose exchange fits, whose status fits (0 = any) and whose
// words stand in the answer ("" = always).
struct Sign {
  Exchange exchange;
  int status;
  std::string_view words;
  std::string_view code;
};

constexpr auto kSigns = std::to_array<Sign>({
    {Exchange::kImdsToken, 403, "", "imds_disabled"},
    {Exchange::kImdsRole, 401, "", "imds_v2_required"},
    {Exchange::kImdsRole, 403, "", "imds_disabled"},
    {Exchange::kImdsRole, 404, "", "imds_no_role"},
    {Exchange::kImdsCredentials, 200, "", "imds_role_not_assumable"},
    {Exchange::kImdsCredentials, 401, "", "imds_v2_required"},
    {Exchange::kImdsCredentials, 403, "", "imds_disabled"},
    {Exchange::kImdsCredentials, 404, "", "imds_no_role"},

    {Exchange::kContainer, 0, "InvalidIdInRequest", "ecs_task_role_missing"},
    {Exchange::kContainer, 0, "NoIdInRequest", "ecs_task_role_missing"},
    {Exchange::kContainer, 400, "token cannot be", "pod_identity_token_missing"},
    {Exchange::kContainer, 400, "failed basic claim validations", "pod_identity_token_missing"},
    {Exchange::kContainer, 403, "", "pod_identity_denied"},
    {Exchange::kContainer, 404, "", "pod_identity_association_missing"},

    {Exchange::kAssumeRole, 0, "Incorrect token audience", "irsa_audience"},
    {Exchange::kAssumeRole, 0, "Couldn't retrieve verification key", "irsa_issuer_unreachable"},
    {Exchange::kAssumeRole, 0, "No OpenIDConnect provider found", "irsa_provider_missing"},
    {Exchange::kAssumeRole, 0, "ExpiredTokenException", "irsa_token_expired"},
    {Exchange::kAssumeRole, 0, "IDPCommunicationError", "upstream_unavailable"},
    {Exchange::kAssumeRole, 0, "RegionDisabledException", "region_disabled"},
    {Exchange::kAssumeRole, 0, "InvalidIdentityToken", "irsa_token_rejected"},
    {Exchange::kAssumeRole, 0, "IDPRejectedClaim", "irsa_token_rejected"},
    {Exchange::kAssumeRole, 0, "AccessDenied", "irsa_trust_policy"},

    // The same words, whether AWS says them to us or to Google, which quotes them.
    {Exchange::kAwsSts, 0, "Signature expired", "clock_skew"},
    {Exchange::kAwsSts, 0, "Signature not yet current", "clock_skew"},
    {Exchange::kAwsSts, 0, "SignatureDoesNotMatch", "aws_signature_mismatch"},
    {Exchange::kAwsSts, 0, "ExpiredToken", "aws_credentials_expired"},
    {Exchange::kAwsSts, 0, "InvalidClientTokenId", "aws_credentials_invalid"},
    {Exchange::kAwsSts, 0, "RegionDisabledException", "region_disabled"},
    {Exchange::kSts, 0, "Signature expired", "clock_skew"},
    {Exchange::kSts, 0, "Signature not yet current", "clock_skew"},
    {Exchange::kSts, 0, "SignatureDoesNotMatch", "aws_signature_mismatch"},
    {Exchange::kSts, 0, "<Code>ExpiredToken", "aws_credentials_expired"},
    {Exchange::kSts, 0, "InvalidClientTokenId", "aws_credentials_invalid"},

    {Exchange::kSts, 0, "SERVICE_DISABLED", "api_disabled"},
    {Exchange::kSts, 0, "Invalid value for \"audience\"", "audience_malformed"},
    {Exchange::kSts, 0, "invalid_target", "provider_missing"},
    {Exchange::kSts, 0, "rejected by the attribute condition", "attribute_condition_rejected"},
    {Exchange::kSts, 0, "Could not obtain a value for", "attribute_mapping_failed"},
    {Exchange::kSts, 0, "exceeds the 127 bytes limit", "attribute_too_long"},
    {Exchange::kSts, 0, "The audience in ID Token", "oidc_audience_mismatch"},
    {Exchange::kSts, 0, "The issuer in ID Token", "oidc_issuer_mismatch"},
    {Exchange::kSts, 0, "Error connecting to the given credential's issuer",
     "oidc_issuer_unreachable"},
    {Exchange::kSts, 0, "is stale to sign-in", "oidc_token_stale"},
    {Exchange::kSts, 0, "Invalid format of AWS credentials", "aws_subject_token_malformed"},
    {Exchange::kSts, 0, "AWS request has invalid format", "aws_subject_token_malformed"},

    {Exchange::kIamCredentials, 401, "", "federated_token_rejected"},
    {Exchange::kIamCredentials, 0, "SERVICE_DISABLED", "api_disabled"},
    {Exchange::kIamCredentials, 403, "does not have permission", "iam_binding_missing"},
    {Exchange::kIamCredentials, 403, "Permission 'iam.serviceAccounts.", "iam_binding_missing"},
    {Exchange::kIamCredentials, 404, "", "service_account_missing"},
    {Exchange::kIamCredentials, 400, "", "impersonation_request_invalid"},

    {Exchange::kApi, 401, "", "api_token_rejected"},
    {Exchange::kApi, 403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "scope_insufficient"},
    {Exchange::kApi, 403, "USER_PROJECT_DENIED", "quota_project_denied"},
    {Exchange::kApi, 403, "", "api_permission_denied"},
});

std::optional<Said> read_json_error(std::string_view body) {
  const auto json = JsonReader::parse(body);
  if (!json) return std::nullopt;
  const auto field = [&](JsonReader::Path path) { return json->scalar(path).value_or(""); };
  Said said;
  if (const auto code = json->text({"error"})) {  // RFC 6749 5.2
    said.shown = *code + ": " + field({"error_description"});
    said.searched = said.shown;
  } else if (const auto message = json->text({"error", "message"})) {  // google.rpc.Status
    said.shown = *message;
    said.searched = *message + " " + field({"error", "status"}) + " " +
                    field({"error", "details", "*", "reason"});
  } else {  // ECS agent: code, message; instance metadata: Code, Message
    said.shown = field({"code"}) + field({"Code"}) + ": " + field({"message"}) + field({"Message"});
    said.searched = said.shown;
  }
  return said;
}

Said read_error(std::string_view body) {
  if (auto said = read_json_error(body)) return *std::move(said);
  if (body.find('<') != std::string_view::npos) {
    if (const auto xml = read_xml(body)) {
      const auto code = xml->find("ErrorResponse/Error/Code");
      const auto message = xml->find("ErrorResponse/Error/Message");
      if (code != xml->end() && message != xml->end()) {
        const std::string text = code->second + ": " + message->second;
        return Said{text, text};
      }
    }
  }
  return Said{std::string(body), std::string(body)};
}

// For statuses that no row knows.
std::string_view fallback_code(Exchange exchange, int status) {
  if (status == 429) return "rate_limited";
  if (status == 408 || status >= 500) return "upstream_unavailable";
  if (status < 400) return "unexpected_answer";
  switch (exchange) {
    case Exchange::kImdsToken:
    case Exchange::kImdsRole:
    case Exchange::kImdsCredentials: return "imds_unexpected";
    case Exchange::kContainer: return "container_refused";
    case Exchange::kAssumeRole:
    case Exchange::kAwsSts: return "aws_sts_refused";
    case Exchange::kSts: return "sts_refused";
    case Exchange::kIamCredentials: return "iam_refused";
    case Exchange::kSubject:
    case Exchange::kApi: return "unexpected_answer";
  }
  return "unexpected_answer";
}

std::string_view code_of(Exchange exchange, int status, std::string_view searched) {
  // An overloaded or broken service may quote anything in its answer.
  if (status == 429 || status >= 500) return fallback_code(exchange, status);
  for (const Sign& sign : kSigns) {
    if (sign.exchange != exchange || (sign.status != 0 && sign.status != status)) continue;
    if (searched.find(sign.words) != std::string_view::npos) return sign.code;
  }
  return fallback_code(exchange, status);
}

// Whose "no" is a definite refusal (credential exchange), as opposed to something that is missing
// on our own side of it.
bool is_judge(Exchange exchange) {
  return exchange == Exchange::kSts || exchange == Exchange::kIamCredentials ||
         exchange == Exchange::kAwsSts || exchange == Exchange::kAssumeRole;
}

Failure make_failure(Step step, std::string_view code, std::string message) {
  Failure failure;
  failure.code = code;
  failure.step = step;
  failure.message = std::move(message);
  if (const FailureCode* row = find_failure_code(code)) failure.retry = row->retry;
  return failure;
}

}  // namespace

std::string_view name_of(RetryClass retry) {
  switch (retry) {
    case RetryClass::kNo: return "no";
    case RetryClass::kSlow: return "slow";
    case RetryClass::kBackoff: return "backoff";
    case RetryClass::kOnceFresh: return "once_fresh";
    case RetryClass::kRefreshOnce: return "refresh_once";
  }
  return "slow";
}

std::string_view name_of(Step step) {
  switch (step) {
    case Step::kAws: return "aws";
    case Step::kSts: return "sts";
    case Step::kImpersonate: return "impersonate";
    case Step::kApi: return "api";
  }
  return "aws";
}

Step step_of(Exchange exchange) {
  switch (exchange) {
    // A subject token from a URL takes the place that AWS's credentials have otherwise.
    case Exchange::kSubject:
    case Exchange::kImdsToken:
    case Exchange::kImdsRole:
    case Exchange::kImdsCredentials:
    case Exchange::kContainer:
    case Exchange::kAssumeRole:
    case Exchange::kAwsSts: return Step::kAws;
    case Exchange::kSts: return Step::kSts;
    case Exchange::kIamCredentials: return Step::kImpersonate;
    case Exchange::kApi: return Step::kApi;
  }
  return Step::kAws;
}

Failure classify(Exchange exchange, std::optional<int> status, std::string_view body) {
  if (!status) {
    const bool token = exchange == Exchange::kImdsToken;
    return make_failure(step_of(exchange), token ? "imds_hop_limit" : "network",
                        "connected, but no answer in time");
  }
  const Said said = read_error(body);
  Failure failure = make_failure(step_of(exchange), code_of(exchange, *status, said.searched),
                                 service_text(said.shown));
  failure.status = *status;
  failure.refused = is_judge(exchange) && *status >= 400 &&
                    (failure.retry == RetryClass::kNo || failure.retry == RetryClass::kSlow);
  return failure;
}

Failure no_answer(Exchange exchange, const http::FetchError& error) {
  return make_failure(step_of(exchange), "network", service_text(error.what));
}

Failure local_failure(Step step, std::string_view code, std::string_view message) {
  return make_failure(step, code, service_text(message));
}

bool is_known_code(std::string_view code) { return find_failure_code(code) != nullptr; }

std::vector<std::string_view> failure_codes() {
  std::vector<std::string_view> codes;
  for (const FailureCode& row : failure_code_table()) codes.push_back(row.code);
  return codes;
}

void explain(Failure& failure, const Facts& facts) {
  const FailureCode* row = find_failure_code(failure.code);
  if (row == nullptr) return;
  failure.explain = expand(row->explain, facts);
  failure.fix = expand(row->fix, facts);
}

std::string expand(std::string_view text, const Facts& facts) {
  std::string expanded;
  for (;;) {
    const auto start = text.find("${");
    expanded += text.substr(0, start);
    if (start == std::string_view::npos) return expanded;
    const auto end = text.find('}', start);
    if (end == std::string_view::npos) return expanded += text.substr(start);
    const auto fact = facts.find(text.substr(start + 2, end - start - 2));
    if (fact == facts.end()) {
      expanded += text.substr(start, end - start + 1);
    } else {
      expanded += fact->second;
    }
    text.remove_prefix(end + 1);
  }
}

std::string Failure::summary() const {
  std::string line(name_of(step));
  line += ":";
  if (status != 0) line += " " + std::to_string(status);
  if (!message.empty()) line += " " + message;
  return line;
}

Error Failure::to_error() const {
  std::string what = refused ? "the federation was refused (" : "no token is available (";
  what += summary() + ").";
  if (!explain.empty()) what += " " + explain;
  if (!fix.empty()) what += " Fix: " + fix;
  Error error(refused ? Reason::kFederationRefused : Reason::kTokenUnavailable, std::move(what));
  error.code = code;
  return error;
}

}  // namespace wif::auth
