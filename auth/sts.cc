#include "auth/sts.h"

#include <cstddef>
#include <utility>

#include "auth/attempts.h"
#include "auth/expiry.h"
#include "auth/facts.h"
#include "auth/json_reader.h"
#include "auth/token.h"
#include "base/text.h"

namespace wif::auth {
namespace {

constexpr std::string_view kGrantType = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kAccessToken = "urn:ietf:params:oauth:token-type:access_token";
// Enough to call IAM Credentials with, and nothing else.
constexpr std::string_view kIamScope = "https://www.googleapis.com/auth/iam";

std::string scope_of(const config::Identity& identity) {
  if (!identity.sts_scope.empty()) return identity.sts_scope;
  if (impersonates(identity)) return std::string(kIamScope);
  std::string scopes;
  for (const std::string& scope : identity.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  return scopes;
}

void add_field(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty()) form += '&';
  form.append(name).append("=").append(percent_encode(value));
}

http::FetchRequest make_request(const Context& context, const config::Identity& identity,
                                const SubjectToken& subject) {
  const config::ExternalAccount& account = *identity.account;
  http::FetchRequest request("POST", account.token_url);
  request.max_body_bytes = context.max_sts_body_bytes;
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.headers.emplace_back("Accept", "application/json");
  if (!account.client_id.empty()) {
    std::string pair = account.client_id + ":";
    pair += account.client_secret.reveal();
    request.headers.emplace_back("Authorization", "Basic " + base64_encode(pair));
    wipe(pair);
  }
  request.body = sts_form(identity, subject.token.reveal());
  return request;
}

Result<FederatedToken, Failure> read_answer(FetchResult answer) {
  if (!answer) return no_answer(Exchange::kSts, answer.error());
  if (answer->status != 200) return classify(Exchange::kSts, answer->status, answer->body);
  auto json = JsonReader::parse(answer->body);
  wipe(answer->body);
  FederatedToken token;
  if (json) token.token = json->take_secret("access_token");
  if (!is_bearer_token(token.token.reveal())) {
    return local_failure(Step::kSts, "unexpected_answer", "200 without an access_token");
  }
  const auto life = parse_expires_in(json->scalar({"expires_in"}).value_or(""));
  if (!life) return local_failure(Step::kSts, "unexpected_answer", "200 without expires_in");
  token.life = *life;
  token.issued = answer->sent_at;
  return token;
}

}  // namespace

bool impersonates(const config::Identity& identity) {
  return !service_account_of(identity).empty() ||
         (identity.account && !identity.account->impersonation_url.empty());
}

std::string sts_form(const config::Identity& identity, std::string_view subject_token) {
  const config::ExternalAccount& account = *identity.account;
  std::string form;
  form.reserve(subject_token.size() * 2 + 1024);
  add_field(form, "audience", account.audience);
  add_field(form, "grant_type", kGrantType);
  // With client authentication the project comes from the client.
  if (!account.workforce_pool_user_project.empty() && account.client_id.empty()) {
    add_field(form, "options",
              "{\"userProject\":" + json_string(account.workforce_pool_user_project) + "}");
  }
  add_field(form, "requested_token_type", kAccessToken);
  add_field(form, "scope", scope_of(identity));
  add_field(form, "subject_token", subject_token);
  add_field(form, "subject_token_type", account.subject_token_type);
  return form;
}

Task<Result<FederatedToken, Failure>> exchange(const Context& context,
                                               const config::Identity& identity,
                                               const MakeSubject& make_subject,
                                               ClockOffset& clock_offset) {
  for (std::size_t attempt = 0;; ++attempt) {
    CO_TRY(const SubjectToken subject, co_await make_subject());
    http::FetchRequest request = make_request(context, identity, subject);
    FetchResult answer = co_await context.fetch(std::move(request));
    if (answer) clock_offset.learn(*answer);
    const auto pause = pause_after(google_pauses(), attempt, answer, context.random);
    if (!pause) co_return read_answer(std::move(answer));
    co_await context.sleep(*pause);
  }
}

}  // namespace wif::auth
