// The state of the sandbox cloud: AWS role sessions on one side, Google's pools, providers, service
// accounts, bindings and issued tokens on the other. It starts as the article's set-up:
// account and project number 123456789012, project foo-project, pool bq-pool with aws-provider and
// aws-oidc-provider, two service accounts and their bindings.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/crypto.h"
#include "tests/sandbox/jwt.h"
#include "tests/sandbox/sigv4_check.h"

namespace sandbox {

inline constexpr std::string_view kAccount = "123456789012";
inline constexpr std::string_view kProjectNumber = "123456789012";
inline constexpr std::string_view kProject = "foo-project";
inline constexpr std::string_view kAwsServiceAccount =
    "access-from-aws@foo-project.iam.gserviceaccount.com";
inline constexpr std::string_view kEksServiceAccount =
    "access-from-aws-eks-pod@foo-project.iam.gserviceaccount.com";
inline constexpr std::string_view kAwsAudience =
    "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/bq-pool/"
    "providers/aws-provider";
inline constexpr std::string_view kOidcAudience =
    "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/bq-pool/"
    "providers/aws-oidc-provider";
inline constexpr std::string_view kOidcIssuer =
    "https://oidc.eks.us-east-2.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E";
inline constexpr std::string_view kKsaAudience = "sts.amazonaws.com";

// A workload identity provider. AWS where `aws_account` is set, else OIDC.
struct Provider {
  std::string aws_account;
  std::string issuer;
  std::vector<std::string> allowed_audiences;  // empty = the provider's own https name
  bool enabled = true;
  bool issuer_reachable = true;
};

// Whom a Google token speaks for.
struct Principal {
  std::string subject;               // google.subject, or the e-mail of a service account
  std::string email;                 // "" for a federated principal
  std::vector<std::string> members;  // the IAM member names that fit it
  std::vector<std::string> scopes;
  TimePoint expires;

  bool has_scope(std::string_view scope) const;
};

// The IAM member names of a federated identity in bq-pool.
std::string aws_role_member(std::string_view role, std::string_view account = kAccount);
std::string ksa_member(std::string_view namespace_and_name);

// Thread-safe: every method takes the one mutex. More methods than a class should have, since a
// check (is this token valid, bound and of the project?) has to see one consistent cloud.
class World {
 public:
  World();

  // This cloud's clock: the real one, moved by set_clock_offset.
  TimePoint now() const;
  void set_clock_offset(std::chrono::seconds offset);

  // -- AWS --
  AwsCredentials assume_role(const std::string& role, const std::string& session,
                             std::chrono::seconds life = std::chrono::hours(6),
                             const std::string& account = std::string(kAccount));
  std::optional<AwsCredentials> find_credentials(std::string_view access_key_id) const;
  // AWS refuses all sessions handed out so far: as expired, or as unknown.
  void expire_aws_sessions();
  void forget_aws_sessions();
  // Lets a Kubernetes service account ("system:serviceaccount:NAMESPACE:NAME") take a role.
  void trust_web_identity(const std::string& role, const std::string& subject);
  bool web_identity_trusted(const std::string& role, const std::string& subject) const;

  // -- the cluster's OIDC issuer --
  // A projected service account token.
  std::string make_ksa_token(const std::string& name_space, const std::string& name,
                             const std::string& audience = std::string(kKsaAudience),
                             std::chrono::seconds life = std::chrono::hours(24)) const;
  // A token with any claims (JSON text), signed by the issuer's key.
  std::string sign_as_issuer(std::string_view claims_json) const;
  std::optional<std::string> verify_issuer_token(std::string_view token) const;

  // -- Google: configuration --
  std::optional<Provider> find_provider(const std::string& audience) const;
  void set_provider(const std::string& audience, const Provider& provider);
  void add_service_account(const std::string& email);
  bool service_account_exists(const std::string& email) const;
  // roles/iam.workloadIdentityUser (or Token Creator) for an IAM member name.
  void bind(const std::string& email, const std::string& member);
  void unbind(const std::string& email, const std::string& member);
  bool may_impersonate(const Principal& principal, const std::string& email) const;
  // Lets a federated principal use the APIs of foo-project without a service account.
  void grant_direct_access(const std::string& member);
  bool may_use_project(const Principal& principal) const;

  // -- Google: tokens --
  // Upper limit for the life of tokens issued from now on.
  void set_token_life(std::chrono::seconds life);
  std::chrono::seconds token_life() const;
  // Issue a token for principal.expires - now.
  std::string issue_federated_token(Principal principal);
  std::string issue_access_token(const std::string& email, std::vector<std::string> scopes,
                                 std::chrono::seconds life);
  std::string sign_id_token(std::string_view claims_json) const;
  std::optional<std::string> verify_id_token(std::string_view token) const;
  // The principal of "Bearer TOKEN", nullopt where the token is unknown, expired or revoked.
  std::optional<Principal> check_bearer(std::string_view authorization) const;
  bool revoke(const std::string& token);
  // Every token issued so far stops working.
  void revoke_all_tokens();
  // All issued Google tokens, oldest first, valid or not.
  std::vector<std::string> issued_tokens() const;
  // Which of the issued Google tokens stand in `bytes` (numbers in issued_tokens()). The first 48
  // bytes tell a token, so one that its holder cut short is found as well.
  std::set<std::size_t> tokens_in(std::string_view bytes) const;
  // `text` with each issued token replaced by "[token of PRINCIPAL]": for output that a client of
  // the proxy may read.
  std::string redact_tokens(std::string text) const;

 private:
  TimePoint now_locked() const;
  std::string remember_locked(std::string_view prefix, Principal principal);

  mutable std::mutex mutex_;
  std::chrono::seconds clock_offset_{0};
  std::chrono::seconds token_life_{3600};
  std::map<std::string, AwsCredentials, std::less<>> aws_sessions_;
  std::set<std::pair<std::string, std::string>> web_identity_trust_;
  std::map<std::string, Provider> providers_;
  std::map<std::string, std::set<std::string>> bindings_;  // service account -> members
  std::set<std::string> direct_members_;
  std::map<std::string, Principal, std::less<>> tokens_;
  std::vector<std::pair<std::string, std::string>> issued_;  // token, subject
};

}  // namespace sandbox
