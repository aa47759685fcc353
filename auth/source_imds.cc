// The role of an EC2 instance, by way of its instance profile.
// Source: "Retrieve security credentials from instance metadata", Amazon EC2 User Guide.
#include <algorithm>
#include <utility>

#include "auth/json_reader.h"
#include "auth/source.h"
#include "base/text.h"

namespace wif::auth {
namespace {

constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";

bool is_role_name(std::string_view name) {
  constexpr std::string_view kAllowed = "_+=,.@-";
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [&](char c) {
    const char lower = ascii_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') ||
           kAllowed.find(c) != std::string_view::npos;
  });
}

// On ECS and EKS the instance's role is shared by everything on the host, so a failure there means
// that the workload's own role is missing.
Failure in_container(Failure failure, const Environment& environment) {
  const bool ecs = !environment.get("ECS_CONTAINER_METADATA_URI_V4").empty();
  if (failure.code != "no_aws_credentials") return failure;
  const std::string message = why_no_source(environment) + "; imds: " + failure.message;
  return local_failure(Step::kAws, ecs ? "ecs_task_role_missing" : "no_aws_credentials", message);
}

}  // namespace

bool imds_present(const Environment& environment) {
  return !iequals(environment.get("AWS_EC2_METADATA_DISABLED"), "true");
}

Task<Result<AwsCredentials, Failure>> load_from_imds(SourceInput& input) {
  const Context& context = input.context;
  if (!imds_present(context.environment)) {
    co_return local_failure(Step::kAws, "no_aws_credentials", why_no_source(context.environment));
  }
  // The name is looked up each time: the instance profile can be replaced.
  const std::string role_path(kRolePath);
  auto roles = co_await input.imds.get(context, role_path, Exchange::kImdsRole);
  if (!roles) co_return in_container(std::move(roles).error(), context.environment);
  const std::string role(trim(roles->substr(0, roles->find('\n'))));
  if (!is_role_name(role)) {
    co_return local_failure(Step::kAws, "imds_unexpected", "the role's name is not a name");
  }
  input.caller.role = role;
  auto body = co_await input.imds.get(context, role_path + role, Exchange::kImdsCredentials);
  if (!body) co_return std::move(body).error();
  // Trouble with the role comes with status 200 and says so inside.
  const auto json = JsonReader::parse(*body);
  const auto code = json ? json->text({"Code"}) : std::nullopt;
  if (code && *code != "Success") {
    Failure failure = classify(Exchange::kImdsCredentials, 200, *body);
    co_return failure;
  }
  auto credentials = read_credentials_json(*body);
  if (credentials) credentials->origin = "imds:" + input.imds.host();
  co_return credentials;
}

}  // namespace wif::auth
