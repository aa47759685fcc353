// What must not leave the proxy except to the cloud it is meant for.
#pragma once

#include <string>
#include <string_view>

#include "tests/sandbox/cloud.h"
#include "tests/support/command.h"

namespace wif::test {

// Says which secret of the cloud stands in `bytes`: a Google token that was issued, a JWT, a
// secret key or session token of AWS that a metadata service hands out or that the proxy's
// environment holds.
// "" where there is none.
std::string find_secret(sandbox::Cloud& cloud, const Environment& proxy_environment,
                        std::string_view bytes);

}  // namespace wif::test
