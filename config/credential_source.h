// The part `credential_source` of an external_account file: where the subject token comes from
// (credentials.md 2). Part of external_account.cc. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/external_account.h"
#include "config/json_fields.h"

namespace wif::config {

// Fills the source's fields of `account`, whose subject_token_type is set already. The error is
// "KEY: found X; do Y".
Result<void> parse_credential_source(const nlohmann::json& source,
                                     const ExternalAccountOptions& options,
                                     ExternalAccount& account, std::vector<std::string>& warnings);

}  // namespace wif::config
