#include "tests/sandbox/world.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sandbox {
namespace {

// Real tokens of workload identity are about this long; buffers must be sized for it.
constexpr std::size_t kTokenBytes = 900;
constexpr std::size_t kSessionTokenBytes = 780;
constexpr std::size_t kTellingBytes = 48;
constexpr std::string_view kAccessTokenPrefix = "ya29.sandbox.";
constexpr std::string_view kFederatedTokenPrefix = "ya29.d.sandbox.";

std::string pool_member(std::string_view attribute, std::string_view value) {
  return "principalSet://iam.googleapis.com/projects/" + std::string(kProjectNumber) +
         "/locations/global/workloadIdentityPools/bq-pool/" + std::string(attribute) + "/" +
         std::string(value);
}

std::string access_key_id() {
  std::string id = "ASIA" + random_text(16);
  for (char& c : id) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (c == '-' || c == '_') c = '7';
  }
  return id;
}

// RSA keys take a tenth of a second to make: once per process, and only where they are used.
const JwtKey& issuer_key() {
  static const JwtKey kKey = JwtKey::make_rs256();
  return kKey;
}

const JwtKey& google_key() {
  static const JwtKey kKey = JwtKey::make_rs256();
  return kKey;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

bool Principal::has_scope(std::string_view scope) const {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

std::string aws_role_member(std::string_view role, std::string_view account) {
  return pool_member("attribute.aws_role",
                     "arn:aws:sts::" + std::string(account) + ":assumed-role/" + std::string(role));
}

std::string ksa_member(std::string_view namespace_and_name) {
  return pool_member("attribute.ksa_name", namespace_and_name);
}

World::World() {
  Provider aws;
  aws.aws_account = kAccount;
  Provider oidc;
  oidc.issuer = kOidcIssuer;
  oidc.allowed_audiences = {std::string(kKsaAudience)};
  providers_ = {{std::string(kAwsAudience), aws}, {std::string(kOidcAudience), oidc}};
  bindings_ = {{std::string(kAwsServiceAccount),
                {aws_role_member("access2bq"), aws_role_member("ecs-task-role")}},
               {std::string(kEksServiceAccount), {ksa_member("default:eks-access-to-gcp")}}};
  web_identity_trust_ = {{"access2bq", "system:serviceaccount:default:eks-access-to-gcp"}};
}

TimePoint World::now_locked() const { return std::chrono::system_clock::now() + clock_offset_; }

TimePoint World::now() const {
  const std::lock_guard lock(mutex_);
  return now_locked();
}

void World::set_clock_offset(std::chrono::seconds offset) {
  const std::lock_guard lock(mutex_);
  clock_offset_ = offset;
}

AwsCredentials World::assume_role(const std::string& role, const std::string& session,
                                  std::chrono::seconds life, const std::string& account) {
  const std::lock_guard lock(mutex_);
  AwsCredentials credentials;
  credentials.access_key_id = access_key_id();
  credentials.secret_access_key = random_text(40);
  // The characters that must be percent-encoded somewhere on the way belong to every real one.
  credentials.session_token = "IQoJb3JpZ2luX2VjE+/" + random_text(kSessionTokenBytes) + "==";
  credentials.expiration = now_locked() + life;
  credentials.account = account;
  credentials.role = role;
  credentials.session = session;
  aws_sessions_[credentials.access_key_id] = credentials;
  return credentials;
}

std::optional<AwsCredentials> World::find_credentials(std::string_view access_key_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = aws_sessions_.find(access_key_id);
  if (found == aws_sessions_.end()) return std::nullopt;
  return found->second;
}

void World::expire_aws_sessions() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, credentials] : aws_sessions_) {
    credentials.expiration = std::min(credentials.expiration, now_locked());
  }
}

void World::forget_aws_sessions() {
  const std::lock_guard lock(mutex_);
  aws_sessions_.clear();
}

void World::trust_web_identity(const std::string& role, const std::string& subject) {
  const std::lock_guard lock(mutex_);
  web_identity_trust_.emplace(role, subject);
}

bool World::web_identity_trusted(const std::string& role, const std::string& subject) const {
  const std::lock_guard lock(mutex_);
  return web_identity_trust_.count({role, subject}) > 0;
}

std::string World::make_ksa_token(const std::string& name_space, const std::string& name,
                                  const std::string& audience, std::chrono::seconds life) const {
  const long long issued = unix_seconds(now());
  const nlohmann::json claims = {
      {"iss", kOidcIssuer},
      {"sub", "system:serviceaccount:" + name_space + ":" + name},
      {"aud", nlohmann::json::array({audience})},
      {"iat", issued},
      {"nbf", issued},
      {"exp", issued + life.count()},
      {"kubernetes.io", {{"namespace", name_space}, {"serviceaccount", {{"name", name}}}}}};
  return sign_as_issuer(claims.dump());
}

std::string World::sign_as_issuer(std::string_view claims_json) const {
  return issuer_key().sign(claims_json);
}

std::optional<std::string> World::verify_issuer_token(std::string_view token) const {
  return issuer_key().verify(token);
}

std::optional<Provider> World::find_provider(const std::string& audience) const {
  const std::lock_guard lock(mutex_);
  const auto found = providers_.find(audience);
  if (found == providers_.end()) return std::nullopt;
  return found->second;
}

void World::set_provider(const std::string& audience, const Provider& provider) {
  const std::lock_guard lock(mutex_);
  providers_[audience] = provider;
}

void World::add_service_account(const std::string& email) {
  const std::lock_guard lock(mutex_);
  bindings_[email];
}

bool World::service_account_exists(const std::string& email) const {
  const std::lock_guard lock(mutex_);
  return bindings_.count(email) > 0;
}

void World::bind(const std::string& email, const std::string& member) {
  const std::lock_guard lock(mutex_);
  bindings_[email].insert(member);
}

void World::unbind(const std::string& email, const std::string& member) {
  const std::lock_guard lock(mutex_);
  bindings_[email].erase(member);
}

bool World::may_impersonate(const Principal& principal, const std::string& email) const {
  const std::lock_guard lock(mutex_);
  const auto found = bindings_.find(email);
  if (found == bindings_.end()) return false;
  return std::any_of(principal.members.begin(), principal.members.end(),
                     [&](const std::string& member) { return found->second.count(member) > 0; });
}

void World::grant_direct_access(const std::string& member) {
  const std::lock_guard lock(mutex_);
  direct_members_.insert(member);
}

bool World::may_use_project(const Principal& principal) const {
  const std::lock_guard lock(mutex_);
  if (!principal.email.empty()) {
    return ends_with(principal.email, "@" + std::string(kProject) + ".iam.gserviceaccount.com");
  }
  return std::any_of(principal.members.begin(), principal.members.end(),
                     [&](const std::string& member) { return direct_members_.count(member) > 0; });
}

void World::set_token_life(std::chrono::seconds life) {
  const std::lock_guard lock(mutex_);
  token_life_ = life;
}

std::chrono::seconds World::token_life() const {
  const std::lock_guard lock(mutex_);
  return token_life_;
}

std::string World::remember_locked(std::string_view prefix, Principal principal) {
  std::string token = std::string(prefix) + random_text(kTokenBytes - prefix.size());
  issued_.emplace_back(token, principal.subject);
  tokens_[token] = std::move(principal);
  return token;
}

std::string World::issue_federated_token(Principal principal) {
  const std::lock_guard lock(mutex_);
  return remember_locked(kFederatedTokenPrefix, std::move(principal));
}

std::string World::issue_access_token(const std::string& email, std::vector<std::string> scopes,
                                      std::chrono::seconds life) {
  const std::lock_guard lock(mutex_);
  Principal principal;
  principal.subject = email;
  principal.email = email;
  principal.members = {"serviceAccount:" + email};
  principal.scopes = std::move(scopes);
  principal.expires = now_locked() + life;
  return remember_locked(kAccessTokenPrefix, std::move(principal));
}

std::string World::sign_id_token(std::string_view claims_json) const {
  return google_key().sign(claims_json);
}

std::optional<std::string> World::verify_id_token(std::string_view token) const {
  return google_key().verify(token);
}

std::optional<Principal> World::check_bearer(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (!equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = tokens_.find(authorization.substr(kScheme.size()));
  if (found == tokens_.end() || found->second.expires <= now_locked()) return std::nullopt;
  return found->second;
}

bool World::revoke(const std::string& token) {
  const std::lock_guard lock(mutex_);
  return tokens_.erase(token) > 0;
}

void World::revoke_all_tokens() {
  const std::lock_guard lock(mutex_);
  tokens_.clear();
}

std::vector<std::string> World::issued_tokens() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> tokens;
  for (const auto& [token, subject] : issued_) tokens.push_back(token);
  return tokens;
}

std::set<std::size_t> World::tokens_in(std::string_view bytes) const {
  const std::lock_guard lock(mutex_);
  std::set<std::size_t> found;
  for (std::size_t i = 0; i < issued_.size(); ++i) {
    const std::string_view telling = std::string_view(issued_[i].first).substr(0, kTellingBytes);
    if (bytes.find(telling) != std::string_view::npos) found.insert(i);
  }
  return found;
}

std::string World::redact_tokens(std::string text) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [token, subject] : issued_) {
    const std::string name = "[token of " + subject + "]";
    for (std::size_t at = 0; (at = text.find(token, at)) != std::string::npos; at += name.size()) {
      text.replace(at, token.size(), name);
    }
  }
  return text;
}

}  // namespace sandbox
