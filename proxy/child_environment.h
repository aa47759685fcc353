// The environment of the command that `run` starts: ours, without any credential, with the
// variables of clients. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "config/environment.h"
#include "proxy/client_variables.h"

namespace wif::proxy {

struct ChildEnvironment {
  config::Environment variables;
  std::vector<std::string> removed;  // names of credentials that were set and are gone, sorted
};

enum class AwsVariables { kRemove, kKeep };

// `own` is the environment of this process. Every WIF_PROXY_… variable goes, too: they are about
// this proxy, and may hold its credentials. `gcloud_config` becomes CLOUDSDK_CONFIG; "" leaves it.
ChildEnvironment make_child_environment(const config::Environment& own,
                                        const ClientSettings& settings, AwsVariables aws,
                                        const std::string& gcloud_config);

}  // namespace wif::proxy
