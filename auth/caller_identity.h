// Asks AWS STS who we are: the ARN is what Google will see, and what bindings are made for. Control
// thread. Source: GetCallerIdentity, AWS STS API reference.
#pragma once

#include <string>

#include "auth/aws_credentials.h"
#include "auth/clock_offset.h"
#include "auth/context.h"
#include "auth/failure.h"
#include "base/task.h"

namespace wif::auth {

// The ARN, "arn:aws:sts::123456789012:assumed-role/ROLE/SESSION". One attempt; used for messages
// never for tokens.
Task<Result<std::string, Failure>> caller_identity(const Context& context,
                                                   const AwsCredentials& credentials,
                                                   std::string region, ClockOffset& clock_offset);

}  // namespace wif::auth
