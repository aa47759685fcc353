// Reads the `external_account` file that `gcloud iam workload-identity-pools create-cred-config`
// writes (AIP-4117; credentials.md 2). The file is trusted input, but it names the hosts to which
// subject tokens are sent, so every URL is held against a closed list of shapes. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace wif::config {

// What the operator allows beyond the file's own rules.
struct ExternalAccountOptions {
  std::vector<std::string> allowed_token_hosts;  // "HOST" or "HOST:PORT", beside URL rule U
  std::string imds_endpoint;  // imds.endpoint: its host may stand in the metadata URLs
};

inline constexpr std::size_t kMaxExternalAccountBytes = 64u << 10;

// Takes the text of the file and the name to call it by. Fields that nothing reads are reported in
// `warnings`. An error is one line, "FILE: KEY: found X; do Y", and never shows client_secret.
Result<ExternalAccount> parse_external_account(std::string_view json, std::string_view file_name,
                                               const ExternalAccountOptions& options,
                                               std::vector<std::string>& warnings);

}  // namespace wif::config
