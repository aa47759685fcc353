// Google's Security Token Service: exchanges an AWS-signed GetCallerIdentity request or an OIDC
// token for a federated token (RFC 8693). It checks what Google and, behind it, AWS check.
#pragma once

#include "tests/sandbox/http.h"
#include "tests/sandbox/world.h"

namespace sandbox {

// Handler of POST /v1/token and POST /v1/introspect. Errors carry the words of the real service.
Handler google_sts_handler(World& world);

}  // namespace sandbox
