// The token chain told to a person at a terminal. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "auth/failure.h"

namespace wif::proxy {

// Where an identity comes from, in words: "ECS task role", "EC2 instance role". `origin` is
// auth::TokenState::source.
std::string describe_source(std::string_view origin);

// The step that failed, what was answered, what that means and the command that mends it:
//
//    ✗ impersonation       403 The caller does not have permission
//      Federation worked, but … may not act as …
//      Fix:
//        gcloud iam service-accounts add-iam-policy-binding …
std::string failure_block(const auth::Failure& failure);

}  // namespace wif::proxy
