#include "auth/impersonate.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "auth/attempts.h"
#include "auth/expiry.h"
#include "auth/facts.h"
#include "auth/json_reader.h"

namespace wif::auth {
namespace {

using std::chrono::seconds;

std::string json_list(const std::vector<std::string>& items) {
  std::string list = "[";
  for (const std::string& item : items) list += (list.size() > 1 ? "," : "") + json_string(item);
  return list + "]";
}

// E-mails of service accounts as resource names.
std::vector<std::string> resource_names(const std::vector<std::string>& emails) {
  constexpr std::string_view kPrefix = "projects/-/serviceAccounts/";
  std::vector<std::string> names;
  for (const std::string& email : emails) {
    const bool whole = email.find('/') != std::string::npos;
    names.push_back(whole ? email : std::string(kPrefix) + email);
  }
  return names;
}

// How long the token lives, by the server's own clock, so that ours need not be right.
std::optional<seconds> life_in(const http::FetchResponse& answer, std::string_view expire_time,
                               seconds requested) {
  const auto end = parse_timestamp(expire_time);
  if (!end) return std::nullopt;
  const auto server = parse_http_date(answer.header("date"));
  const auto life = std::chrono::floor<seconds>(*end - server.value_or(answer.received_at));
  return std::clamp(life, seconds(1), requested + seconds(60));
}

Result<Token, Failure> read_answer(FetchResult answer, const config::Identity& identity,
                                   SystemTime wall) {
  if (!answer) return no_answer(Exchange::kIamCredentials, answer.error());
  if (answer->status != 200) {
    return classify(Exchange::kIamCredentials, answer->status, answer->body);
  }
  auto json = JsonReader::parse(answer->body);
  wipe(answer->body);
  Secret bare;
  if (json) bare = json->take_secret("accessToken");
  if (!is_bearer_token(bare.reveal())) {
    return local_failure(Step::kImpersonate, "unexpected_answer", "200 without an accessToken");
  }
  const std::string expire_time = json->text({"expireTime"}).value_or("");
  const auto life = life_in(*answer, expire_time, identity.token_lifetime);
  if (!life)
    return local_failure(Step::kImpersonate, "unexpected_answer", "200 without expireTime");
  return make_token(bare, answer->sent_at, *life, wall);
}

}  // namespace

std::string impersonation_url(const config::Identity& identity) {
  const config::ExternalAccount& account = *identity.account;
  const bool same =
      identity.service_account.empty() || identity.service_account == account.service_account_email;
  if (same && !account.impersonation_url.empty()) return account.impersonation_url;
  // Everything up to the e-mail from the file, which may name a regional or private endpoint.
  constexpr std::string_view kBefore = "/serviceAccounts/";
  const auto at = account.impersonation_url.find(kBefore);
  const std::string prefix =
      at == std::string::npos
          ? "https://iamcredentials." + account.universe_domain + "/v1/projects/-/serviceAccounts/"
          : account.impersonation_url.substr(0, at + kBefore.size());
  return prefix + identity.service_account + ":generateAccessToken";
}

std::string impersonation_body(const config::Identity& identity) {
  std::string body = "{";
  if (!identity.delegates.empty()) {
    body += "\"delegates\":" + json_list(resource_names(identity.delegates)) + ",";
  }
  body += "\"lifetime\":\"" + std::to_string(identity.token_lifetime.count()) + "s\"";
  return body + ",\"scope\":" + json_list(identity.scopes) + "}";
}

Task<Result<Token, Failure>> impersonate(const Context& context, const config::Identity& identity,
                                         const Secret& federated_token, ClockOffset& clock_offset) {
  const MakeRequest make_request = [&] {
    http::FetchRequest request("POST", impersonation_url(identity));
    std::string authorization = "Bearer ";
    authorization += federated_token.reveal();
    request.headers.emplace_back("Authorization", std::move(authorization));
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = impersonation_body(identity);
    request.max_body_bytes = context.max_sts_body_bytes;
    return request;
  };
  auto answer = co_await fetch_with_pauses(context, google_pauses(), make_request);
  if (answer) clock_offset.learn(*answer);
  co_return read_answer(std::move(answer), identity, context.clock.wall());
}

}  // namespace wif::auth
