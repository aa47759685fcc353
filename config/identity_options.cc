// The rows `identities.*` of the option table. Flags and environment speak of the identity
// "default"; the file may name others.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/options.h"
#include "config/values.h"

namespace wif::config {
namespace {

IdentityDraft& identity_of(Draft& draft, const Given& given) {
  IdentityDraft& identity = draft.identities[given.identity];
  identity.identity.name = given.identity;
  if (given.origin != Origin::kEnvironment) identity.from_environment_only = false;
  return identity;
}

Error conflict() {
  return Error(Reason::kConfiguration, "found both credentials and token_file; keep one");
}

// A stronger source replaces a weaker one's choice between the two kinds of identity.
Result<void> store_credentials(Draft& draft, const Given& given) {
  const std::string& text = given.texts[0];
  const bool is_inline = trim(text).starts_with('{');
  if (is_inline && given.origin == Origin::kFlag) {
    // Arguments can be read by every user of the machine.
    return Error(Reason::kConfiguration,
                 "found the credentials themselves; give the path of a file, or set "
                 "WIF_PROXY_CREDENTIALS_JSON");
  }
  if (text.empty()) return value_error(text, "write the path of a credential file");
  IdentityDraft& identity = identity_of(draft, given);
  if (!identity.identity.token_file.empty()) {
    if (identity.token_file_origin == given.origin) return conflict();
    identity.identity.token_file.clear();
  }
  identity.credentials_file = is_inline ? "" : text;
  identity.credentials_json = is_inline ? text : "";
  identity.credentials_origin = given.origin;
  return {};
}

Result<void> store_token_file(Draft& draft, const Given& given) {
  if (given.texts[0].empty()) return value_error("", "write the path of the token's file");
  IdentityDraft& identity = identity_of(draft, given);
  if (!identity.credentials_file.empty() || !identity.credentials_json.empty()) {
    if (identity.credentials_origin == given.origin) return conflict();
    identity.credentials_file.clear();
    wipe(identity.credentials_json);
  }
  identity.identity.token_file = given.texts[0];
  identity.token_file_origin = given.origin;
  return {};
}

Result<void> store_aws_source(Draft& draft, const Given& given) {
  static constexpr std::pair<std::string_view, AwsSource> kSources[] = {
      {"auto", AwsSource::kAuto},
      {"env", AwsSource::kEnv},
      {"web_identity", AwsSource::kWebIdentity},
      {"container", AwsSource::kContainer},
      {"files", AwsSource::kFiles},
      {"imds", AwsSource::kImds}};
  for (const auto& [name, source] : kSources) {
    if (given.texts[0] != name) continue;
    identity_of(draft, given).identity.aws_source = source;
    return {};
  }
  return value_error(given.texts[0], "write auto, env, web_identity, container, files or imds");
}

Result<void> store_aws_region(Draft& draft, const Given& given) {
  if (!is_aws_region(given.texts[0])) {
    return value_error(given.texts[0], "write an AWS region such as ap-northeast-1");
  }
  identity_of(draft, given).identity.aws_region = given.texts[0];
  return {};
}

Result<void> store_service_account(Draft& draft, const Given& given) {
  if (!is_email(given.texts[0])) {
    return value_error(given.texts[0], "write NAME@PROJECT.iam.gserviceaccount.com");
  }
  identity_of(draft, given).identity.service_account = given.texts[0];
  return {};
}

Result<void> store_delegates(Draft& draft, const Given& given) {
  for (const auto& text : given.texts) {
    if (!is_email(text)) return value_error(text, "write NAME@PROJECT.iam.gserviceaccount.com");
  }
  identity_of(draft, given).identity.delegates = given.texts;
  return {};
}

Result<void> store_scopes(Draft& draft, const Given& given) {
  constexpr std::string_view kWanted =
      "write scopes such as https://www.googleapis.com/auth/bigquery";
  if (given.texts.empty()) return value_error("", kWanted);
  for (const auto& text : given.texts) {
    if (!is_plain_word(text)) return value_error(text, kWanted);
  }
  identity_of(draft, given).identity.scopes = given.texts;
  return {};
}

Result<void> store_token_lifetime(Draft& draft, const Given& given) {
  TRY(const auto lifetime, parse_duration(given.texts[0]));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lifetime);
  if (lifetime != seconds || seconds.count() < 600 || seconds.count() > 43200) {
    return value_error(given.texts[0], "write whole seconds from 600s to 43200s");
  }
  IdentityDraft& identity = identity_of(draft, given);
  identity.identity.token_lifetime = seconds;
  identity.token_lifetime_given = true;
  return {};
}

Result<void> store_allowed_token_hosts(Draft& draft, const Given& given) {
  for (const auto& text : given.texts) {
    const auto host = std::string_view(text).substr(0, text.rfind(':'));
    if (!is_plain_word(text) || host.empty() || text.find_first_of("/@*") != std::string::npos) {
      return value_error(text, "write HOST or HOST:PORT");
    }
  }
  identity_of(draft, given).allowed_token_hosts = given.texts;
  return {};
}

auto word(std::string Identity::*member, std::string_view remedy) {
  return [member, remedy](Draft& draft, const Given& given) -> Result<void> {
    if (!is_plain_word(given.texts[0])) return value_error(given.texts[0], remedy);
    identity_of(draft, given).identity.*member = given.texts[0];
    return {};
  };
}

std::vector<Option> credential_rows() {
  using enum OptionType;
  return {
      {.key = "identities.default.credentials",
       .flag = "--credentials",
       .environment = {"WIF_PROXY_CREDENTIALS", "WIF_PROXY_CREDENTIALS_JSON"},
       .type = kCredentials,
       .value = "FILE",
       .default_text = "$GOOGLE_APPLICATION_CREDENTIALS",
       .help = "credential file that gcloud create-cred-config writes",
       .store = store_credentials,
       .common = true},
      {.key = "identities.default.token_file",
       .flag = "--token-file",
       .environment = {"WIF_PROXY_TOKEN_FILE"},
       .value = "FILE",
       .default_text = "none",
       .help = "instead of credentials: a file with the access token",
       .store = store_token_file,
       .common = true},
      {.key = "identities.default.aws_source",
       .flag = "--aws-source",
       .environment = {"WIF_PROXY_AWS_SOURCE"},
       .type = kChoice,
       .value = "SOURCE",
       .default_text = "auto",
       .help = "auto, env, web_identity, container, files or imds",
       .store = store_aws_source,
       .common = true},
      {.key = "identities.default.aws_region",
       .flag = "--aws-region",
       .value = "REGION",
       .default_text = "$AWS_REGION, else asked of AWS",
       .help = "AWS region whose STS signs for us",
       .store = store_aws_region},
      {.key = "identities.default.allowed_token_hosts",
       .flag = "--allow-token-host",
       .type = kList,
       .value = "HOST",
       .default_text = "none",
       .help = "further host that the credential file may name in token_url",
       .store = store_allowed_token_hosts},
  };
}

std::vector<Option> token_rows() {
  using enum OptionType;
  return {
      {.key = "identities.default.service_account",
       .flag = "--service-account",
       .environment = {"WIF_PROXY_SERVICE_ACCOUNT"},
       .value = "EMAIL",
       .default_text = "from the credential file",
       .help = "service account to act as",
       .store = store_service_account,
       .common = true},
      {.key = "identities.default.delegates",
       .flag = "--delegate",
       .environment = {"WIF_PROXY_DELEGATES"},
       .type = kList,
       .value = "EMAIL",
       .default_text = "none",
       .help = "service account between us and the last one, in order",
       .store = store_delegates},
      {.key = "identities.default.scopes",
       .flag = "--scope",
       .environment = {"WIF_PROXY_SCOPES"},
       .type = kList,
       .value = "SCOPE",
       .default_text = "https://www.googleapis.com/auth/cloud-platform",
       .help = "OAuth scope of the token",
       .store = store_scopes},
      {.key = "identities.default.sts_scope",
       .flag = "--sts-scope",
       .value = "SCOPE",
       .default_text = "what the next step needs",
       .help = "OAuth scope asked of Google STS",
       .store = word(&Identity::sts_scope, "write one scope")},
      {.key = "identities.default.token_lifetime",
       .flag = "--token-lifetime",
       .environment = {"WIF_PROXY_TOKEN_LIFETIME"},
       .type = kDuration,
       .value = "TIME",
       .default_text = "from the credential file, else 3600s",
       .help = "life of an impersonated token; above 1h needs an organisation policy",
       .store = store_token_lifetime},
      {.key = "identities.default.quota_project",
       .flag = "--quota-project",
       .environment = {"WIF_PROXY_QUOTA_PROJECT", "GOOGLE_CLOUD_QUOTA_PROJECT"},
       .value = "PROJECT",
       .default_text = "quota_project_id of the credential file",
       .help = "project that quota is counted against",
       .store = word(&Identity::quota_project, "write the id of a project")},
      {.key = "identities.default.project_id",
       .flag = "--project",
       .environment = {"WIF_PROXY_PROJECT", "GOOGLE_CLOUD_PROJECT"},
       .value = "PROJECT",
       .default_text = "from the service account's name",
       .help = "project that the metadata emulation names",
       .store = word(&Identity::project_id, "write the id of a project")},
  };
}

}  // namespace

std::vector<Option> identity_options() {
  auto rows = credential_rows();
  for (auto& row : token_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace wif::config
