#include "auth/subject.h"

#include <chrono>

#include "auth/expiry.h"
#include "auth/json_reader.h"
#include "auth/sigv4.h"
#include "auth/url.h"
#include "base/text.h"

namespace wif::auth {
namespace {

constexpr std::string_view kRegionMark = "{region}";
constexpr std::string_view kService = "sts";  // also on hosts whose first label is another
constexpr std::size_t kMaxTokenBytes = 1u << 20;

std::string with_region(std::string_view url_template, std::string_view region) {
  std::string url(url_template);
  for (auto at = url.find(kRegionMark); at != std::string::npos; at = url.find(kRegionMark)) {
    url.replace(at, kRegionMark.size(), region);
  }
  return url;
}

// Google answers "AWS request has invalid format." to shapes it does not like, without saying
// which: keys sorted, no spaces, Authorization first, then the signed headers.
std::string envelope(const SignableRequest& request, std::string_view url,
                     std::string_view authorization) {
  std::string json = R"({"headers":[{"key":"Authorization","value":)" + json_string(authorization);
  for (const auto& [name, value] : request.headers) {
    json += R"(},{"key":)" + json_string(name) + R"(,"value":)" + json_string(value);
  }
  return json + R"(}],"method":"POST","url":)" + json_string(url) + "}";
}

Failure not_a_token(std::string_view message) {
  return local_failure(Step::kAws, "subject_token_invalid", message);
}

// Takes the token out of what was read, and wipes that.
Result<Secret, Failure> extract(std::string& content, const config::ExternalAccount::Format& format,
                                const std::string& origin) {
  Secret token;
  if (format.json) {
    auto json = JsonReader::parse(content);
    if (json) token = json->take_secret(format.subject_token_field_name);
    if (token.empty()) {
      wipe(content);
      return not_a_token(origin + ": no JSON object with a string \"" +
                         format.subject_token_field_name + "\"");
    }
  } else {
    // Google's libraries send the file as it is, with the line end that editors add.
    const auto end = content.find_last_not_of(" \t\r\n");
    token = Secret(std::string_view(content).substr(0, end == std::string::npos ? 0 : end + 1));
  }
  wipe(content);
  if (token.empty()) return not_a_token(origin + ": empty");
  return token;
}

Task<Result<std::string, Failure>> fetch_token(const Context& context,
                                               const config::ExternalAccount& account) {
  http::FetchRequest request("GET", account.url);
  request.headers = account.url_headers;
  request.connect_timeout = std::chrono::milliseconds(2000);
  request.max_body_bytes = kMaxTokenBytes;
  // Plain http leads to something on this machine or link, such as a metadata service.
  request.direct = !account.url.starts_with("https:");
  auto answer = co_await context.fetch(std::move(request));
  if (!answer) co_return no_answer(Exchange::kSubject, answer.error());
  if (answer->status != 200) co_return classify(Exchange::kSubject, answer->status, answer->body);
  co_return std::move(answer->body);
}

}  // namespace

std::optional<std::string> region_of_template(std::string_view url_template) {
  if (url_template.find(kRegionMark) != std::string_view::npos) return std::nullopt;
  const auto url = parse_url(url_template);
  if (!url) return std::nullopt;
  const auto labels = split(url->host, '.');
  if (labels.size() < 4) return "us-east-1";  // sts.amazonaws.com
  return to_lower(labels[1]);
}

Secret aws_subject_token(const AwsCredentials& credentials, std::string_view region,
                         std::string_view audience, std::string_view url_template,
                         SystemTime time) {
  const std::string url = with_region(url_template, region);
  const Url parts = parse_url(url).value_or(Url{});
  SignableRequest request;
  request.method = "POST";
  request.path = parts.path;
  request.query = parts.query;
  request.headers = {{"host", parts.host}, {"x-amz-date", amz_date(time)}};
  if (!credentials.session_token.empty()) {
    request.headers.emplace_back("x-amz-security-token", credentials.session_token.reveal());
  }
  request.headers.emplace_back("x-goog-cloud-target-resource", audience);
  const SigningScope scope{std::string(region), std::string(kService)};
  Signature signature = sign(request, credentials, scope, time);
  std::string json = envelope(request, url, signature.authorization);
  Secret token(percent_encode(json));
  wipe(json);
  wipe(signature.canonical_request);
  for (auto& [name, value] : request.headers) wipe(value);
  return token;
}

Task<Result<SubjectToken, Failure>> read_subject_token(const Context& context,
                                                       const config::ExternalAccount& account,
                                                       SystemTime now,
                                                       std::optional<JwtClaims>& claims) {
  std::string origin;
  std::string content;
  if (account.source == config::ExternalAccount::SourceKind::kFile) {
    origin = "file:" + account.file;
    auto file = context.environment.read_file(account.file, kMaxTokenBytes);
    if (!file) co_return local_failure(Step::kAws, "token_file_unreadable", file.error().what);
    content = *std::move(file);
  } else {
    const auto url = parse_url(account.url);
    origin = "url:" + (url ? url->host : account.url);
    auto fetched = co_await fetch_token(context, account);
    if (!fetched) co_return std::move(fetched).error();
    content = *std::move(fetched);
  }
  CO_TRY(Secret token, extract(content, account.format, origin));
  SubjectToken subject(std::move(token), origin);
  subject.claims = decode_jwt(subject.token.reveal());
  claims = subject.claims;
  if (claims && claims->expires && *claims->expires <= now) {
    const auto ago = unix_seconds(now) - unix_seconds(*claims->expires);
    co_return local_failure(
        Step::kAws, "oidc_token_stale",
        origin + ": the token expired " + std::to_string(ago) + " s ago; it was not sent");
  }
  co_return subject;
}

}  // namespace wif::auth
