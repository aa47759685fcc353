// Errors in the JSON form of Google's APIs, with the words that real services use.
#pragma once

#include <string>
#include <string_view>

#include "tests/sandbox/http.h"

namespace sandbox {

// {"error":{"code","message","status"[,"details":[ErrorInfo]]}}, indented like Google's.
// `reason` "" leaves the details out; `metadata` are the ErrorInfo's.
Response google_error(int status, std::string_view name, std::string_view message,
                      std::string_view reason = "", const HeaderList& metadata = {},
                      std::string_view domain = "googleapis.com");

// 401 for a request whose token is missing, unknown or over.
Response unauthenticated(bool token_given);
// 403 of a token whose scopes do not cover the API.
Response scope_insufficient(std::string_view service);

}  // namespace sandbox
