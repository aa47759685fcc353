#include "tests/sandbox/jwt.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "tests/sandbox/crypto.h"

namespace sandbox {
namespace {

using Signature = std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)>;
constexpr int kEcHalf = 32;  // bytes of r and of s on P-256

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// JWS wants r and s side by side where OpenSSL has DER (RFC 7518 3.4).
std::string der_to_jws(const std::string& der) {
  const unsigned char* cursor = bytes_of(std::string_view(der));
  const Signature parsed(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())),
                         ECDSA_SIG_free);
  std::string out(2 * kEcHalf, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), bytes_of(out), kEcHalf);
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), bytes_of(out) + kEcHalf, kEcHalf);
  return out;
}

std::optional<std::string> jws_to_der(const std::string& jws) {
  if (jws.size() != 2 * kEcHalf) return std::nullopt;
  const Signature signature(ECDSA_SIG_new(), ECDSA_SIG_free);
  const unsigned char* bytes = bytes_of(std::string_view(jws));
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(bytes, kEcHalf, nullptr),
                 BN_bin2bn(bytes + kEcHalf, kEcHalf, nullptr));
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)), '\0');
  unsigned char* cursor = bytes_of(der);
  i2d_ECDSA_SIG(signature.get(), &cursor);
  return der;
}

std::vector<std::string_view> split(std::string_view token) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t dot = token.find('.');
    parts.push_back(token.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    token.remove_prefix(dot + 1);
  }
}

nlohmann::json parse_part(std::string_view part) {
  const auto text = base64_decode(part);
  return text ? nlohmann::json::parse(*text, nullptr, false)
              : nlohmann::json(nlohmann::json::value_t::discarded);
}

}  // namespace

JwtKey::JwtKey(EVP_PKEY* key, bool is_rsa)
    : key_(key, EVP_PKEY_free), is_rsa_(is_rsa), key_id_(random_text(16)) {
  if (key == nullptr) throw std::runtime_error("no key for JWTs");
}

JwtKey JwtKey::make_rs256() { return JwtKey(EVP_RSA_gen(2048), true); }
JwtKey JwtKey::make_es256() { return JwtKey(EVP_EC_gen("P-256"), false); }

std::string JwtKey::sign(std::string_view claims_json) const {
  const nlohmann::json header = {
      {"alg", is_rsa_ ? "RS256" : "ES256"}, {"kid", key_id_}, {"typ", "JWT"}};
  const std::string text = base64url_encode(header.dump()) + "." + base64url_encode(claims_json);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::size_t size = 0;
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
  EVP_DigestSign(context.get(), nullptr, &size, bytes_of(std::string_view(text)), text.size());
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(std::string_view(text)),
                     text.size()) != 1) {
    throw std::runtime_error("signing a JWT failed");
  }
  signature.resize(size);
  return text + "." + base64url_encode(is_rsa_ ? signature : der_to_jws(signature));
}

std::optional<std::string> JwtKey::verify(std::string_view token) const {
  const std::vector<std::string_view> parts = split(token);
  if (parts.size() != 3) return std::nullopt;
  const nlohmann::json header = parse_part(parts[0]);
  // A verifier that believes the header's algorithm accepts "none".
  if (!header.is_object() || header.value("alg", "") != (is_rsa_ ? "RS256" : "ES256")) {
    return std::nullopt;
  }
  std::optional<std::string> signature = base64_decode(parts[2]);
  if (signature && !is_rsa_) signature = jws_to_der(*signature);
  if (!signature) return std::nullopt;
  const std::string_view text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
  if (EVP_DigestVerify(context.get(), bytes_of(std::string_view(*signature)), signature->size(),
                       bytes_of(text), text.size()) != 1) {
    return std::nullopt;
  }
  return unverified_jwt_claims(token);
}

std::optional<std::string> unverified_jwt_claims(std::string_view token) {
  const std::vector<std::string_view> parts = split(token);
  if (parts.size() != 3) return std::nullopt;
  const nlohmann::json claims = parse_part(parts[1]);
  if (!claims.is_object()) return std::nullopt;
  return claims.dump();
}

}  // namespace sandbox
