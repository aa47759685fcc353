// AWS STS AssumeRoleWithWebIdentity: a Kubernetes token for AWS credentials (IRSA). Control thread.
// Source: AWS STS API reference.
#pragma once

#include <string>

#include "auth/source.h"

namespace wif::auth {

struct WebIdentity {
  WebIdentity(std::string role_arn_in, std::string token_file_in)
      : role_arn(std::move(role_arn_in)), token_file(std::move(token_file_in)) {}

  std::string role_arn;
  std::string token_file;    // read anew for each call: kubelet rewrites it
  std::string session_name;  // empty = "wif-proxy"
  std::string region;        // empty = not known
};

Task<Result<AwsCredentials, Failure>> assume_role(SourceInput& input, WebIdentity identity);

// "https://sts.us-east-2.amazonaws.com": AWS_ENDPOINT_URL_STS, else regional, else global where the
// region is not known or AWS_STS_REGIONAL_ENDPOINTS=legacy asks for it.
std::string aws_sts_endpoint(const Environment& environment, std::string_view region);

}  // namespace wif::auth
