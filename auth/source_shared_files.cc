// ~/.aws/credentials and ~/.aws/config: keys of a profile, or a role with a web identity token.
// Source: "Using shared config and credentials files", AWS SDKs and Tools Reference Guide.
#include <array>
#include <map>
#include <string>
#include <utility>

#include "auth/region.h"
#include "auth/source.h"
#include "auth/web_identity.h"
#include "base/text.h"

namespace wif::auth {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxFileBytes = 1u << 20;

// Ways of getting credentials that need a program, a browser or a further role: refused by name,
// because passing over them would take another identity.
constexpr std::array kRefusedKeys{"source_profile"sv, "credential_source"sv, "credential_process"sv,
                                  "sso_session"sv,    "sso_start_url"sv,     "sso_account_id"sv};

using Keys = std::map<std::string, std::string, std::less<>>;

struct Profile {
  std::string name;
  bool found = false;
  Keys keys;

  std::string get(std::string_view key) const {
    const auto entry = keys.find(key);
    return entry == keys.end() ? std::string() : entry->second;
  }
};

std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 1; i < line.size(); ++i) {
    const bool after_space = line[i - 1] == ' ' || line[i - 1] == '\t';
    if (after_space && (line[i] == '#' || line[i] == ';')) return line.substr(0, i);
  }
  return line;
}

// "[profile name]" -> "name". In the config file only "default" may stand without "profile".
std::string section_name(std::string_view line, bool config_file) {
  line = trim(line.substr(1, line.find(']') - 1));
  constexpr std::string_view kProfile = "profile";
  if (!config_file) return std::string(line);
  if (line.substr(0, kProfile.size()) == kProfile && line.size() > kProfile.size()) {
    const std::string_view rest = line.substr(kProfile.size());
    if (rest.front() == ' ' || rest.front() == '\t') return std::string(trim(rest));
  }
  return line == "default" ? "default" : std::string();
}

// Adds the keys of the profile's section; those that are there already stay.
void read_ini(std::string_view text, bool config_file, Profile& profile) {
  bool inside = false;
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      inside = section_name(line, config_file) == profile.name;
      profile.found = profile.found || inside;
      continue;
    }
    // An indented line belongs to a nested block ("s3 =" and what follows).
    if (!inside || line.front() == ' ' || line.front() == '\t') continue;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const auto value = trim(without_comment(line.substr(equals + 1)));
    if (value.empty()) continue;
    profile.keys.emplace(to_lower(trim(line.substr(0, equals))), value);
  }
}

std::string path_of(const Environment& environment, const char* variable, const char* file) {
  std::string path = environment.get(variable);
  if (!path.empty()) return path;
  const std::string home = environment.get("HOME");
  return home.empty() ? std::string() : home + "/.aws/" + file;
}

Profile read_profile(const Environment& environment) {
  Profile profile;
  profile.name = environment.get("AWS_PROFILE");
  if (profile.name.empty()) profile.name = "default";
  const std::string credentials =
      path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  const std::string config = path_of(environment, "AWS_CONFIG_FILE", "config");
  for (const bool config_file : {false, true}) {
    const std::string& path = config_file ? config : credentials;
    if (path.empty()) continue;
    auto text = environment.read_file(path, kMaxFileBytes);
    if (!text) continue;
    read_ini(*text, config_file, profile);
    wipe(*text);
  }
  return profile;
}

bool holds_keys(const Profile& profile) {
  for (const std::string_view key : kRefusedKeys) {
    if (profile.keys.contains(key)) return true;
  }
  return profile.keys.contains("aws_access_key_id") ||
         profile.keys.contains("aws_secret_access_key") || profile.keys.contains("role_arn");
}

Failure unusable(const Profile& profile, std::string_view why) {
  return local_failure(Step::kAws, "aws_profile_unusable",
                       "AWS profile " + profile.name + ": " + std::string(why));
}

}  // namespace

bool shared_files_present(const Environment& environment) {
  return !environment.get("AWS_PROFILE").empty() || holds_keys(read_profile(environment));
}

Task<Result<AwsCredentials, Failure>> load_from_shared_files(SourceInput& input) {
  Profile profile = read_profile(input.context.environment);
  if (!profile.found) co_return unusable(profile, "there is no such profile");
  const bool has_keys = profile.keys.contains("aws_access_key_id");
  if (!has_keys && profile.keys.contains("role_arn") &&
      profile.keys.contains("web_identity_token_file")) {
    WebIdentity identity(profile.get("role_arn"), profile.get("web_identity_token_file"));
    identity.session_name = profile.get("role_session_name");
    identity.region = region_from_settings(input.identity, input.context.environment).name;
    if (identity.region.empty()) identity.region = profile.get("region");
    auto assumed = co_await assume_role(input, std::move(identity));
    if (assumed) assumed->region = profile.get("region");
    co_return assumed;
  }
  for (const std::string_view key : kRefusedKeys) {
    if (!has_keys && profile.keys.contains(key)) {
      co_return unusable(profile, std::string(key) + " is not supported");
    }
  }
  AwsCredentials credentials;
  credentials.origin = "files:" + profile.name;
  credentials.region = profile.get("region");
  credentials.access_key_id = profile.get("aws_access_key_id");
  credentials.secret_access_key = Secret(profile.get("aws_secret_access_key"));
  credentials.session_token = Secret(profile.get("aws_session_token"));
  for (auto& [key, value] : profile.keys) wipe(value);
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    co_return unusable(profile, "aws_access_key_id or aws_secret_access_key is missing");
  }
  co_return credentials;
}

}  // namespace wif::auth
