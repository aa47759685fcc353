// The front of Google's APIs: one listener for all their names. It looks at Host, refuses requests
// without a token that foo-project accepts, and hands the rest to the API's handler.
#pragma once

#include <string>

#include "tests/sandbox/arrivals.h"
#include "tests/sandbox/failures.h"
#include "tests/sandbox/http.h"
#include "tests/sandbox/world.h"

namespace sandbox {

// Which API a request is for: "bigquery", "storage", "discovery", "echo", or "other".
std::string google_service_of(const Request& request);

// Arrivals are logged and failures looked up under that name.
Handler google_apis_handler(World& world, Arrivals& arrivals, Failures& failures, Handler bigquery,
                            Handler storage, Handler echo);

}  // namespace sandbox
