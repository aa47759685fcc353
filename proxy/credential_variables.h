// Environment variables that hold a credential or lead to one: what `run` takes away from its child
// (threat-model.md ). Pure; any thread.
#pragma once

#include <span>
#include <string_view>

namespace wif::proxy {

// Of AWS: AWS_ACCESS_KEY_ID and its like. `--keep-aws` leaves them.
std::span<const std::string_view> aws_credential_variables();

// Of Google: GOOGLE_APPLICATION_CREDENTIALS and its like. Clients prefer them to the metadata
// emulation.
std::span<const std::string_view> google_credential_variables();

// Not credentials, but with them a client would not come through the proxy, or not find the
// metadata emulation.
std::span<const std::string_view> diverting_variables();

}  // namespace wif::proxy
