// The second way for clients to start without a credential (clients.md 4): a credential file whose
// refresh token is a constant that carries no right. What clients get for it, they get from
// proxy/token_answers.h.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace wif::proxy {

// The refresh token in the file; the same everywhere.
inline constexpr std::string_view kPlaceholderRefreshToken = "wif-proxy-placeholder-refresh";

// The file's content, for GOOGLE_APPLICATION_CREDENTIALS.
std::string placeholder_credentials();

// Writes it into `folder`, mode 0644: it is no secret. Errors: kConfiguration, naming the path.
Result<void> export_placeholder_file(const std::string& folder);

}  // namespace wif::proxy
