#include "auth/facts.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace wif::auth {
namespace {

void set(Facts& facts, std::string_view name, std::string value) {
  if (!value.empty()) facts.insert_or_assign(std::string(name), std::move(value));
}

// What stands behind `key`/ in a resource name such as
// //iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q.
std::string segment_after(std::string_view resource, std::string_view key) {
  const auto parts = split(resource, '/');
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (parts[i] == key) return std::string(parts[i + 1]);
  }
  return {};
}

// NAME@PROJECT.iam.gserviceaccount.com
std::string project_of(std::string_view email) {
  constexpr std::string_view kDomain = ".iam.gserviceaccount.com";
  const auto at = email.find('@');
  if (at == std::string_view::npos || email.size() < at + 1 + kDomain.size()) return {};
  const std::string_view host = email.substr(at + 1);
  if (host.substr(host.size() - kDomain.size()) != kDomain) return {};
  return std::string(host.substr(0, host.size() - kDomain.size()));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

void add_role(Facts& facts, const Caller& caller) {
  set(facts, "IAM_ROLE", caller.role);
  set(facts, "AWS_ARN", caller.arn);
  if (const auto arn = parse_role_arn(caller.arn)) {
    set(facts, "AWS_PARTITION", arn->partition);
    set(facts, "AWS_ACCOUNT_ID", arn->account_id);
    set(facts, "IAM_ROLE", arn->role);
  }
}

void add_claims(Facts& facts, const JwtClaims& claims) {
  set(facts, "TOKEN_ISSUER", claims.issuer);
  set(facts, "TOKEN_SUBJECT", claims.subject);
  set(facts, "TOKEN_AUDIENCE", joined(claims.audiences));
  if (auto subject = kubernetes_subject(claims.subject)) {
    set(facts, "NAMESPACE", std::move(subject->name_space));
    set(facts, "KSA", std::move(subject->service_account));
  }
}

void add_member(Facts& facts, bool aws) {
  constexpr std::string_view kPool =
      "principalSet://iam.googleapis.com/projects/${PROJECT_NUMBER}/locations/global/"
      "workloadIdentityPools/${POOL}/";
  const std::string partition = facts.contains("AWS_PARTITION") ? "${AWS_PARTITION}" : "aws";
  const std::string member = aws ? "attribute.aws_role/arn:" + partition +
                                       ":sts::${AWS_ACCOUNT_ID}:assumed-role/${IAM_ROLE}"
                                 : std::string("attribute.ksa_name/${NAMESPACE}:${KSA}");
  std::string who = "this workload";
  if (aws && facts.contains("AWS_ARN")) {
    who = "${AWS_ARN}";
  } else if (aws && facts.contains("IAM_ROLE")) {
    who = "the role ${IAM_ROLE}";
  } else if (!aws && facts.contains("TOKEN_SUBJECT")) {
    who = "${TOKEN_SUBJECT}";
  }
  set(facts, "MEMBER", expand(std::string(kPool) + member, facts));
  set(facts, "WHO", expand(who, facts));
}

}  // namespace

std::optional<RoleArn> parse_role_arn(std::string_view arn) {
  const auto parts = split(arn, ':');
  if (parts.size() != 6 || parts[0] != "arn") return std::nullopt;
  const auto path = split(parts[5], '/');
  if (path.size() < 2) return std::nullopt;
  const bool assumed = path[0] == "assumed-role";
  if (!assumed && path[0] != "role") return std::nullopt;
  return RoleArn{std::string(parts[1]), std::string(parts[4]),
                 std::string(assumed ? path[1] : path.back())};
}

std::string service_account_of(const config::Identity& identity) {
  if (!identity.service_account.empty()) return identity.service_account;
  return identity.account ? identity.account->service_account_email : std::string();
}

Facts facts_of(const config::Identity& identity, const Caller& caller) {
  Facts facts;
  const std::string email = service_account_of(identity);
  set(facts, "SA_EMAIL", email);
  set(facts, "PROJECT_ID", identity.project_id.empty() ? project_of(email) : identity.project_id);
  set(facts, "QUOTA_PROJECT", identity.quota_project);
  add_role(facts, caller);
  if (caller.claims) add_claims(facts, *caller.claims);
  if (!identity.account) return facts;
  const config::ExternalAccount& account = *identity.account;
  const bool aws = account.source == config::ExternalAccount::SourceKind::kAws;
  set(facts, "PROJECT_NUMBER", segment_after(account.audience, "projects"));
  set(facts, "POOL", segment_after(account.audience, "workloadIdentityPools"));
  if (!facts.contains("POOL"))
    set(facts, "POOL", segment_after(account.audience, "workforcePools"));
  set(facts, "PROVIDER", segment_after(account.audience, "providers"));
  set(facts, "UPDATE_PROVIDER", aws ? "update-aws" : "update-oidc");
  // gcloud takes the number where the id is not known.
  if (!facts.contains("PROJECT_ID"))
    set(facts, "PROJECT_ID", segment_after(account.audience, "projects"));
  add_member(facts, aws);
  return facts;
}

}  // namespace wif::auth
