// JSON Web Tokens (RFC 7519) of the sandbox's issuers. Claims are JSON text.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sandbox {

// One issuer's key pair. Immutable, so any thread may use it.
class JwtKey {
 public:
  static JwtKey make_rs256();
  static JwtKey make_es256();

  // A compact JWS with these claims.
  std::string sign(std::string_view claims_json) const;
  // The claims if shape, algorithm and signature are right; times and names are the caller's.
  std::optional<std::string> verify(std::string_view token) const;

 private:
  JwtKey(EVP_PKEY* key, bool is_rsa);

  std::shared_ptr<EVP_PKEY> key_;
  bool is_rsa_;
  std::string key_id_;
};

// The claims without looking at the signature; nullopt if the token is not even shaped like one.
std::optional<std::string> unverified_jwt_claims(std::string_view token);

}  // namespace sandbox
