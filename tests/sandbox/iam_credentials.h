// Google's IAM Service Account Credentials API: generateAccessToken and generateIdToken.
#pragma once

#include "tests/sandbox/http.h"
#include "tests/sandbox/world.h"

namespace sandbox {

// Handler of POST /v1/projects/-/serviceAccounts/EMAIL:METHOD. Wants a valid bearer token and a
// binding of its principal on the account (or along the chain of delegates).
Handler iam_credentials_handler(World& world);

}  // namespace sandbox
