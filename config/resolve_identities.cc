// Identities: from what was written to what the token chain needs.
#include <string>
#include <utility>

#include "base/text.h"
#include "config/external_account.h"
#include "config/read_file.h"
#include "config/resolve.h"

namespace wif::config {
namespace {

std::string key_of(const IdentityDraft& draft, std::string_view key) {
  return "identities." + draft.identity.name + (key.empty() ? "" : ".") + std::string(key);
}

bool has_source(const IdentityDraft& draft) {
  return !draft.credentials_file.empty() || !draft.credentials_json.empty() ||
         !draft.identity.token_file.empty();
}

// "foo-project" out of "x@foo-project.iam.gserviceaccount.com"; empty for other addresses.
std::string project_of(std::string_view email) {
  constexpr std::string_view kSuffix = ".iam.gserviceaccount.com";
  const auto at = email.find('@');
  if (at == std::string_view::npos || !email.ends_with(kSuffix)) return {};
  email.remove_suffix(kSuffix.size());
  const std::string_view project = email.size() > at ? email.substr(at + 1) : "";
  // A dot is part of a domain-scoped project, whose id has another form.
  return project.find('.') == std::string_view::npos ? std::string(project) : std::string();
}

// Variables like GOOGLE_CLOUD_PROJECT may be about; they alone do not make an identity beside those
// of the file.
void drop_unmeant_default(Draft& draft) {
  const auto found = draft.identities.find("default");
  if (found != draft.identities.end() && draft.identities.size() > 1 &&
      found->second.from_environment_only && !has_source(found->second)) {
    draft.identities.erase(found);
  }
}

Result<ExternalAccount> read_account(Draft& draft, IdentityDraft& identity) {
  ExternalAccountOptions options;
  options.allowed_token_hosts = identity.allowed_token_hosts;
  options.imds_endpoint = draft.config.imds.endpoint;
  std::string name = identity.credentials_file;
  std::string text = std::move(identity.credentials_json);
  if (name.empty()) {
    name = key_of(identity, "credentials");
  } else {
    TRY(auto content, read_file(name, kMaxExternalAccountBytes));
    text = std::move(content.text);
    if (!content.warning.empty()) draft.config.warnings.push_back(std::move(content.warning));
  }
  auto account = parse_external_account(text, name, options, draft.config.warnings);
  wipe(text);  // it may hold client_secret
  return account;
}

void adopt_account(IdentityDraft& from, ExternalAccount account) {
  Identity& identity = from.identity;
  if (!from.token_lifetime_given) identity.token_lifetime = account.token_lifetime;
  if (identity.quota_project.empty()) identity.quota_project = account.quota_project_id;
  if (identity.project_id.empty()) {
    identity.project_id =
        project_of(identity.service_account.empty() ? account.service_account_email
                                                    : identity.service_account);
  }
  identity.account = std::move(account);
}

// Settings that the kind of identity leaves without effect: said, not silently ignored.
void warn_about_idle_settings(Draft& draft, const IdentityDraft& from) {
  const Identity& identity = from.identity;
  const auto warn = [&](bool idle, std::string_view key, std::string_view why) {
    if (idle) {
      draft.config.warnings.push_back(key_of(from, key) + " has no effect: " + std::string(why));
    }
  };
  const bool token_file = !identity.token_file.empty();
  const bool aws =
      identity.account && identity.account->source == ExternalAccount::SourceKind::kAws;
  warn(token_file && !identity.service_account.empty(), "service_account",
       "the access token comes from token_file");
  warn(token_file && from.token_lifetime_given, "token_lifetime",
       "the access token comes from token_file");
  warn(!aws && identity.aws_source != AwsSource::kAuto, "aws_source",
       "the identity does not come from AWS");
  warn(!aws && !identity.aws_region.empty(), "aws_region", "the identity does not come from AWS");
}

void resolve_one(Draft& draft, IdentityDraft& from) {
  const auto mistake = [&](const std::string& path, const std::string& what) {
    draft.mistakes.push_back(draft.file.where(path) + path + ": " + what);
  };
  if (!has_source(from)) {
    if (!draft.needs_credentials) return;
    return mistake(key_of(from, ""),
                   "no credentials; give --credentials FILE, the file that gcloud iam "
                   "workload-identity-pools create-cred-config writes (or the environment variable "
                   "GOOGLE_APPLICATION_CREDENTIALS, or --token-file FILE)");
  }
  if (from.identity.token_file.empty()) {
    auto account = read_account(draft, from);
    if (!account) {
      if (!draft.needs_credentials) return;
      // It names the file itself, or the key when the credentials stand inline.
      draft.mistakes.push_back(draft.file.where(key_of(from, "credentials")) +
                               account.error().what);
      return;
    }
    adopt_account(from, *std::move(account));
  } else if (from.identity.project_id.empty()) {
    from.identity.project_id = project_of(from.identity.service_account);
  }
  const bool impersonates =
      !from.identity.service_account.empty() ||
      (from.identity.account && !from.identity.account->impersonation_url.empty());
  if (!from.identity.delegates.empty() && !impersonates) {
    mistake(key_of(from, "delegates"),
            "found without a service account; set service_account or remove it");
  }
  warn_about_idle_settings(draft, from);
}

}  // namespace

void resolve_identities(Draft& draft, const Environment& environment) {
  drop_unmeant_default(draft);
  if (draft.identities.empty()) draft.identities["default"].identity.name = "default";
  for (auto& [name, identity] : draft.identities) {
    if (name == "default" && !has_source(identity)) {
      identity.credentials_file = variable(environment, "GOOGLE_APPLICATION_CREDENTIALS");
    }
    resolve_one(draft, identity);
    draft.config.identities[name] = identity.identity;
  }
}

}  // namespace wif::config
