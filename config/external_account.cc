#include "config/external_account.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "config/credential_source.h"
#include "config/host_pattern.h"
#include "config/json_fields.h"
#include "config/json_text.h"
#include "config/token_url.h"

namespace wif::config {
namespace {

using nlohmann::json;

constexpr std::string_view kFederation =
    "make a federation file with gcloud iam workload-identity-pools create-cred-config";
constexpr std::size_t kMaxImpersonationUrlBytes = 512;

struct OtherType {
  std::string_view type;
  std::string_view what;
};
constexpr std::array<OtherType, 5> kOtherTypes{{
    {"service_account", "the key of a service account"},
    {"authorized_user", "a person's login"},
    {"impersonated_service_account", "an impersonated service account"},
    {"external_account_authorized_user", "a person's workforce login"},
    {"gdch_service_account", "an account of Google Distributed Cloud"},
}};

Result<void> check_type(JsonFields& fields) {
  TRY(const auto type, fields.required_text("type", "write \"external_account\""));
  if (type == "external_account") return {};
  for (const OtherType& other : kOtherTypes) {
    if (type == other.type) {
      return fields.error("type", "found \"" + type + "\", which is " + std::string(other.what) +
                                      "; wif-proxy needs none: " + std::string(kFederation));
    }
  }
  return fields.error("type", "found " + shown(type) + "; write \"external_account\"");
}

bool is_segment(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return c > 0x20 && c < 0x7f && c != '/'; });
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_workforce(std::string_view audience) {
  return audience.starts_with("//iam.googleapis.com/locations/");
}

Result<void> check_audience(const JsonFields& fields, const std::string& audience) {
  constexpr std::string_view kHost = "//iam.googleapis.com/";
  const auto error = [&](std::string_view remedy) {
    return fields.error("audience", "found " + shown(audience) + "; write " + std::string(remedy));
  };
  constexpr std::string_view kShape =
      "//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/"
      "providers/PROVIDER or that of a workforce pool";
  if (!audience.starts_with(kHost)) return error(kShape);
  auto parts = split(std::string_view(audience).substr(kHost.size()), '/');
  if (!std::all_of(parts.begin(), parts.end(), is_segment)) return error(kShape);
  std::string_view pools = "workforcePools";
  if (parts.size() == 8 && parts[0] == "projects") {
    if (!is_number(parts[1])) {
      return error("the project's number instead of " + std::string(parts[1]) +
                   ": gcloud projects describe " + std::string(parts[1]) +
                   " --format='value(projectNumber)'");
    }
    pools = "workloadIdentityPools";
    parts.erase(parts.begin(), parts.begin() + 2);
  }
  if (parts.size() != 6 || parts[0] != "locations" || parts[2] != pools ||
      parts[4] != "providers") {
    return error(kShape);
  }
  return {};
}

Result<std::string> universe_of(JsonFields& fields) {
  TRY(const auto text, fields.text("universe_domain"));
  if (!text || text->empty()) return std::string("googleapis.com");
  const auto normal = normalize_host(*text);
  if (!normal || *normal != *text || text->find('.') == std::string::npos ||
      text->find(':') != std::string::npos || is_digit(text->back())) {
    return fields.error("universe_domain",
                        "found " + shown(*text) + "; write a domain name such as googleapis.com");
  }
  return *text;
}

Result<void> read_token_url(JsonFields& fields, const ExternalAccountOptions& options,
                            ExternalAccount& account) {
  TRY(const auto text, fields.text("token_url"));
  account.token_url = text.value_or("https://sts." + account.universe_domain + "/v1/token");
  const auto url = parse_token_url(account.token_url, "sts", account.universe_domain,
                                   options.allowed_token_hosts);
  if (!url) return fields.error("token_url", url.error().what);
  return {};
}

// The e-mail address out of the path of generateAccessToken.
std::optional<std::string> email_in(std::string_view path) {
  constexpr std::string_view kPrefix = "/v1/projects/-/serviceAccounts/";
  constexpr std::string_view kSuffix = ":generateAccessToken";
  if (!path.starts_with(kPrefix) || !path.ends_with(kSuffix)) return std::nullopt;
  path.remove_prefix(kPrefix.size());
  if (path.size() <= kSuffix.size()) return std::nullopt;
  path.remove_suffix(kSuffix.size());
  auto email = percent_decode(path);
  if (!email) return std::nullopt;
  const auto at = email->find('@');
  if (at == std::string::npos || at == 0 || at + 1 == email->size()) return std::nullopt;
  const bool plain = std::all_of(email->begin(), email->end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '/' && c != ':';
  });
  if (!plain || email->find('@', at + 1) != std::string::npos) return std::nullopt;
  return email;
}

Result<void> read_impersonation(JsonFields& fields, const ExternalAccountOptions& options,
                                ExternalAccount& account, std::vector<std::string>& warnings) {
  constexpr std::string_view kKey = "service_account_impersonation_url";
  TRY(const auto text, fields.text(kKey));
  if (text && !text->empty()) {
    const auto url = parse_token_url(*text, "iamcredentials", account.universe_domain,
                                     options.allowed_token_hosts);
    if (!url) return fields.error(kKey, url.error().what);
    const auto email = email_in(url->path);
    if (!email || !url->query.empty() || text->size() > kMaxImpersonationUrlBytes) {
      return fields.error(kKey, "found " + shown(*text) +
                                    "; the path has to be /v1/projects/-/serviceAccounts/EMAIL"
                                    ":generateAccessToken and the whole at most 512 characters");
    }
    account.impersonation_url = *text;
    account.service_account_email = *email;
  }
  TRY(const auto* const object, fields.object("service_account_impersonation"));
  if (object == nullptr) return {};
  JsonFields impersonation(*object, "service_account_impersonation");
  TRY(const auto seconds, impersonation.integer("token_lifetime_seconds"));
  if (seconds && (*seconds < 600 || *seconds > 43200)) {
    return impersonation.error("token_lifetime_seconds", "found " + std::to_string(*seconds) +
                                                             "; write a number from 600 to 43200");
  }
  if (seconds) account.token_lifetime = std::chrono::seconds(*seconds);
  for (auto& path : impersonation.unknown()) warnings.push_back(path + ": unknown field, ignored");
  return {};
}

// Control bytes would end up in HTTP fields.
Result<std::string> plain_text(JsonFields& fields, std::string_view key) {
  TRY(auto text, fields.text(key));
  if (!text) return std::string();
  if (std::any_of(text->begin(), text->end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return fields.error(key, "found a control character; remove it");
  }
  return *std::move(text);
}

Result<void> read_projects_and_client(JsonFields& fields, ExternalAccount& account) {
  TRY(account.quota_project_id, plain_text(fields, "quota_project_id"));
  TRY(account.workforce_pool_user_project, plain_text(fields, "workforce_pool_user_project"));
  if (!account.workforce_pool_user_project.empty() && !is_workforce(account.audience)) {
    return fields.error("workforce_pool_user_project",
                        "found it beside a workload identity pool; remove it, it is only for "
                        "workforce pools");
  }
  TRY(account.client_id, plain_text(fields, "client_id"));
  TRY(auto secret, plain_text(fields, "client_secret"));
  if (!secret.empty() && account.client_id.empty()) {
    return fields.error("client_secret", "found it without client_id; add client_id or remove it");
  }
  account.client_secret = Secret(std::move(secret));
  return {};
}

Result<ExternalAccount> read_account(const json& document, const ExternalAccountOptions& options,
                                     std::vector<std::string>& warnings) {
  ExternalAccount account;
  JsonFields fields(document, "");
  TRY_VOID(check_type(fields));
  TRY(account.audience, fields.required_text("audience", kFederation));
  TRY_VOID(check_audience(fields, account.audience));
  TRY(account.subject_token_type, fields.required_text("subject_token_type", kFederation));
  TRY(account.universe_domain, universe_of(fields));
  TRY_VOID(read_token_url(fields, options, account));
  fields.accept("token_info_url");
  TRY_VOID(read_impersonation(fields, options, account, warnings));
  TRY_VOID(read_projects_and_client(fields, account));
  TRY(const auto* const source, fields.object("credential_source"));
  if (source == nullptr) {
    return fields.error("credential_source", "missing; " + std::string(kFederation));
  }
  TRY_VOID(parse_credential_source(*source, options, account, warnings));
  for (auto& path : fields.unknown()) warnings.push_back(path + ": unknown field, ignored");
  return account;
}

Result<json> parse_document(std::string_view text) {
  const auto error = [](std::string what) {
    return Error(Reason::kConfiguration, std::move(what));
  };
  if (text.size() > kMaxExternalAccountBytes) {
    return error("(file): found " + std::to_string(text.size()) +
                 " bytes; a credential file has at most 65536");
  }
  const JsonText scanned = scan_json(text, JsonDialect::kStrict);
  if (scanned.too_deep)
    return error("(file): found more than 32 levels; " + std::string(kFederation));
  if (!scanned.duplicates.empty()) {
    return error(scanned.duplicates.front() + ": found it twice; keep one");
  }
  try {
    auto document = json::parse(text);
    if (!document.is_object()) return error("(file): found no JSON object; write one");
    return document;
  } catch (const json::parse_error& failure) {
    return error(line_and_column(text, failure.byte == 0 ? 0 : failure.byte - 1) + ": " +
                 parse_complaint(failure.what()) + "; " + std::string(kFederation));
  }
}

}  // namespace

Result<ExternalAccount> parse_external_account(std::string_view text, std::string_view file_name,
                                               const ExternalAccountOptions& options,
                                               std::vector<std::string>& warnings) {
  auto document = parse_document(text);
  if (!document) return std::move(document).error().with_context(file_name);
  std::vector<std::string> found;
  auto account = read_account(*document, options, found);
  if (const auto secret = document->find("client_secret");
      secret != document->end() && secret->is_string()) {
    wipe(secret->get_ref<std::string&>());
  }
  if (!account) return std::move(account).error().with_context(file_name);
  for (const auto& warning : found) warnings.push_back(std::string(file_name) + ": " + warning);
  return account;
}

}  // namespace wif::config
