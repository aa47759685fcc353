#include "auth/sigv4.h"

#include <algorithm>
#include <optional>

#include "auth/expiry.h"
#include "base/secret.h"
#include "base/text.h"
#include "tls/digest.h"

namespace wif::auth {
namespace {

using Pair = std::pair<std::string, std::string>;

// Encoded exactly once, whether it came encoded or not.
std::string encode(std::string_view text) {
  const auto decoded = percent_decode(text);
  return percent_encode(decoded ? std::string_view(*decoded) : text);
}

std::string canonical_path(std::string_view path) {
  if (path.empty()) return "/";
  std::string canonical;
  for (const std::string_view segment : split(path.substr(1), '/')) {
    canonical += "/" + encode(segment);
  }
  return canonical;
}

std::string canonical_query(std::string_view query) {
  std::vector<Pair> parameters;
  for (const std::string_view part : split(query, '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto value =
        equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    parameters.emplace_back(encode(part.substr(0, equals)), encode(value));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string canonical;
  for (const auto& [name, value] : parameters) {
    canonical.append(canonical.empty() ? "" : "&").append(name).append("=").append(value);
  }
  return canonical;
}

// Trimmed, inner runs of spaces collapsed.
std::string canonical_value(std::string_view value) {
  std::string canonical;
  for (const char c : trim(value)) {
    if (c != ' ' || canonical.back() != ' ') canonical += c;
  }
  return canonical;
}

// The key that a secret gives for one day, region and service.
tls::Sha256 signing_key(const Secret& secret, std::string_view date, const SigningScope& scope) {
  std::string seed = "AWS4";
  seed += secret.reveal();
  auto key = tls::hmac_sha256(seed, date);
  wipe(seed);
  key = tls::hmac_sha256(tls::bytes_of(key), scope.region);
  key = tls::hmac_sha256(tls::bytes_of(key), scope.service);
  return tls::hmac_sha256(tls::bytes_of(key), "aws4_request");
}

}  // namespace

Signature sign(const SignableRequest& request, const AwsCredentials& credentials,
               const SigningScope& scope, SystemTime time) {
  std::vector<Pair> headers;
  for (const auto& [name, value] : request.headers) {
    headers.emplace_back(to_lower(name), canonical_value(value));
  }
  std::sort(headers.begin(), headers.end());

  Signature result;
  std::string lines;
  for (const auto& [name, value] : headers) {
    lines.append(name).append(":").append(value).append("\n");
    result.signed_headers.append(result.signed_headers.empty() ? "" : ";").append(name);
  }
  result.canonical_request = request.method + "\n" + canonical_path(request.path) + "\n" +
                             canonical_query(request.query) + "\n" + lines + "\n" +
                             result.signed_headers + "\n" + tls::hex(tls::sha256(request.body));

  const std::string timestamp = amz_date(time);
  const std::string date = timestamp.substr(0, 8);
  const std::string credential_scope =
      date + "/" + scope.region + "/" + scope.service + "/aws4_request";
  result.string_to_sign = "AWS4-HMAC-SHA256\n" + timestamp + "\n" + credential_scope + "\n" +
                          tls::hex(tls::sha256(result.canonical_request));

  const auto key = signing_key(credentials.secret_access_key, date, scope);
  result.signature = tls::hex(tls::hmac_sha256(tls::bytes_of(key), result.string_to_sign));
  result.authorization = "AWS4-HMAC-SHA256 Credential=" + credentials.access_key_id + "/" +
                         credential_scope + ", SignedHeaders=" + result.signed_headers +
                         ", Signature=" + result.signature;
  return result;
}

}  // namespace wif::auth
