// AWS Security Token Service: AssumeRoleWithWebIdentity and GetCallerIdentity, XML as AWS sends it.
#pragma once

#include <string>

#include "tests/sandbox/http.h"
#include "tests/sandbox/world.h"

namespace sandbox {

// Handler of an STS endpoint. GetCallerIdentity needs a valid signature; the other action is
// unsigned and needs a token of the cluster's issuer.
Handler aws_sts_handler(World& world);

// AWS's ErrorResponse document.
std::string aws_error_xml(std::string_view code, std::string_view message);

// REGION of "sts.REGION.amazonaws.com[.cn]", "us-east-1" for the global name, "" for other hosts.
std::string region_of_sts_host(std::string_view host);

}  // namespace sandbox
