// Verifies AWS Signature Version 4 as AWS does: from the request that arrived, not from what the
// signer says it signed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/crypto.h"
#include "tests/sandbox/http.h"

namespace sandbox {

// Credentials of one role session.
struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // "" = long-lived key
  TimePoint expiration;
  std::string account;
  std::string role;
  std::string session;

  // arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, and the same without the session.
  std::string arn() const;
  std::string role_arn() const;
};

// A request as it arrived.
struct SignedRequest {
  std::string method;
  std::string path;   // percent-encoded, "" counts as "/"
  std::string query;  // without "?"
  HeaderList headers;
  std::string body_sha256;  // hex
};

// The parts of an Authorization value; nullopt where it is malformed.
struct SigV4Authorization {
  std::string access_key_id;
  std::string date;
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;
  std::string signature;

  std::string scope() const;  // DATE/REGION/SERVICE/aws4_request
  bool signs(std::string_view header) const;
};
std::optional<SigV4Authorization> parse_sigv4(std::string_view authorization);

std::string sigv4_canonical_request(const SignedRequest& request,
                                    const std::vector<std::string>& signed_headers);
std::string sigv4_string_to_sign(const std::string& canonical_request, std::string_view amz_date,
                                 std::string_view scope);
// Hex.
std::string sigv4_signature(const std::string& secret, const SigV4Authorization& authorization,
                            const std::string& string_to_sign);

// Who signed, or the error with which AWS answers (always status 403).
struct SigV4Verdict {
  std::optional<AwsCredentials> signer;
  std::string error_code;
  std::string error_message;
};

using CredentialsLookup = std::function<std::optional<AwsCredentials>(std::string_view key_id)>;

// Checks key, session token, expiry, the 15 minutes around `now`, that `host` and every x-amz-*
// field is signed, and the signature. `region` and `service` are the endpoint's.
SigV4Verdict check_sigv4(const SignedRequest& request, std::string_view region,
                         std::string_view service, const CredentialsLookup& lookup, TimePoint now);

}  // namespace sandbox
