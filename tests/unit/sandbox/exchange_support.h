// Requests made by hand for tests of the sandbox's token services.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/sandbox/world.h"

namespace sandbox {

inline BodySource text_source(std::string text) {
  return [text = std::move(text), at = std::size_t{0}](char* out, std::size_t size) mutable {
    const std::size_t count = std::min(size, text.size() - at);
    std::memcpy(out, text.data() + at, count);
    at += count;
    return count;
  };
}

inline Request form_request(const std::string& path, const HeaderList& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    body += (body.empty() ? "" : "&") + name + "=" + percent_encode(value);
  }
  Request request;
  request.method = "POST";
  request.target = request.path = path;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = text_source(body);
  return request;
}

// An AWS subject token to be made, with everything a test may want to get wrong.
struct AwsToken {
  AwsCredentials credentials;
  TimePoint time;
  std::string audience = std::string(kAwsAudience);
  std::string host = "sts.us-east-2.amazonaws.com";
  bool sign_target = true;
};

inline std::string make_subject_token(const AwsToken& token) {
  SignedRequest request;
  request.method = "POST";
  request.query = "Action=GetCallerIdentity&Version=2011-06-15";
  request.body_sha256 = to_hex(sha256(""));
  const std::string date = format_amz_date(token.time);
  request.headers = {{"host", token.host},
                     {"x-amz-date", date},
                     {"x-amz-security-token", token.credentials.session_token},
                     {"x-goog-cloud-target-resource", token.audience}};
  SigV4Authorization parts;
  parts.access_key_id = token.credentials.access_key_id;
  parts.date = date.substr(0, 8);
  parts.region = "us-east-2";
  parts.service = "sts";
  std::string names;
  for (const auto& [name, value] : request.headers) {
    if (!token.sign_target && name == "x-goog-cloud-target-resource") continue;
    parts.signed_headers.push_back(name);
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical = sigv4_canonical_request(request, parts.signed_headers);
  const std::string signature =
      sigv4_signature(token.credentials.secret_access_key, parts,
                      sigv4_string_to_sign(canonical, date, parts.scope()));
  nlohmann::json headers = nlohmann::json::array();
  headers.push_back(
      {{"key", "Authorization"},
       {"value", "AWS4-HMAC-SHA256 Credential=" + parts.access_key_id + "/" + parts.scope() +
                     ", SignedHeaders=" + names + ", Signature=" + signature}});
  for (const auto& [name, value] : request.headers) {
    headers.push_back({{"key", name}, {"value", value}});
  }
  const nlohmann::json document = {{"headers", headers},
                                   {"method", "POST"},
                                   {"url", "https://" + token.host + "?" + request.query}};
  return percent_encode(document.dump());
}

inline HeaderList exchange_form(std::string_view audience, std::string_view type,
                                const std::string& token) {
  return {{"audience", std::string(audience)},
          {"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
          {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
          {"scope", "https://www.googleapis.com/auth/iam"},
          {"subject_token", token},
          {"subject_token_type", std::string(type)}};
}

inline HeaderList aws_form(const std::string& token) {
  return exchange_form(kAwsAudience, "urn:ietf:params:aws:token-type:aws4_request", token);
}

inline HeaderList oidc_form(const std::string& token) {
  return exchange_form(kOidcAudience, "urn:ietf:params:oauth:token-type:jwt", token);
}

}  // namespace sandbox
