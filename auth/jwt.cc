#include "auth/jwt.h"

#include "auth/expiry.h"
#include "auth/json_reader.h"
#include "base/text.h"

namespace wif::auth {

std::optional<JwtClaims> decode_jwt(std::string_view token) {
  const auto parts = split(token, '.');
  if (parts.size() != 3) return std::nullopt;
  const auto payload = base64url_decode(parts[1]);
  if (!payload) return std::nullopt;
  const auto json = JsonReader::parse(*payload);
  if (!json) return std::nullopt;
  JwtClaims claims;
  claims.issuer = json->text({"iss"}).value_or("");
  claims.subject = json->text({"sub"}).value_or("");
  claims.audiences = json->texts({"aud"});
  if (const auto expires = json->scalar({"exp"})) claims.expires = parse_timestamp(*expires);
  return claims;
}

std::optional<KubernetesSubject> kubernetes_subject(std::string_view subject) {
  const auto parts = split(subject, ':');
  if (parts.size() != 4 || parts[0] != "system" || parts[1] != "serviceaccount") {
    return std::nullopt;
  }
  return KubernetesSubject{std::string(parts[2]), std::string(parts[3])};
}

}  // namespace wif::auth
