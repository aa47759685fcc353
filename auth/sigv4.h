// AWS Signature Version 4 in the Authorization header. Pure; any thread.
// Source: "AWS Signature Version 4 for API requests", AWS IAM User Guide.
//
// Made for GetCallerIdentity and its like, so these corners are left out: the path is not
// normalised ("/a/../b", "//"), a header may stand only once, and on one line.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/aws_credentials.h"
#include "base/clock.h"

namespace wif::auth {

struct SignableRequest {
  std::string method;
  std::string path;   // as in the request target, "" counts as "/"
  std::string query;  // without "?"; may be percent-encoded or not
  // All of them are signed, names in any case. Host and x-amz-date must be among them, and
  // x-amz-security-token if there is a session token.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;
};

// What the signature is good for.
struct SigningScope {
  std::string region;
  std::string service;
};

// The steps are kept, because a mismatch can be found only by comparing them.
struct Signature {
  std::string canonical_request;
  std::string string_to_sign;
  std::string signed_headers;
  std::string signature;      // lower-case hexadecimal
  std::string authorization;  // the whole value of the Authorization header
};

Signature sign(const SignableRequest& request, const AwsCredentials& credentials,
               const SigningScope& scope, SystemTime time);

}  // namespace wif::auth
