#include "proxy/child_environment.h"

#include <algorithm>
#include <utility>

#include "proxy/credential_variables.h"

namespace wif::proxy {
namespace {

void remove_credentials(ChildEnvironment& child, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    const auto found = child.variables.find(std::string(name));
    if (found == child.variables.end()) continue;
    if (!found->second.empty()) child.removed.push_back(found->first);
    child.variables.erase(found);
  }
}

}  // namespace

ChildEnvironment make_child_environment(const config::Environment& own,
                                        const ClientSettings& settings, AwsVariables aws,
                                        const std::string& gcloud_config) {
  ChildEnvironment child;
  child.variables = own;
  if (aws == AwsVariables::kRemove) remove_credentials(child, aws_credential_variables());
  remove_credentials(child, google_credential_variables());
  std::sort(child.removed.begin(), child.removed.end());
  for (const std::string_view name : diverting_variables()) {
    child.variables.erase(std::string(name));
  }
  std::erase_if(child.variables,
                [](const auto& each) { return each.first.starts_with("WIF_PROXY_"); });
  for (Variable& variable : client_variables(settings, child.variables)) {
    child.variables[variable.name] = std::move(variable.value);
  }
  if (!gcloud_config.empty()) child.variables["CLOUDSDK_CONFIG"] = gcloud_config;
  return child;
}

}  // namespace wif::proxy
