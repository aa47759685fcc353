#include "tls/java_truststore.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <vector>

#include "tls/certificate.h"

namespace wif::tls {
namespace {

constexpr std::uint32_t kMagic = 0xFEEDFEED;
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kTrustedCertificate = 2;  // tag of an entry without a key
constexpr std::string_view kWhitener = "Mighty Aphrodite";
constexpr std::size_t kSha1Bytes = 20;

template <typename Integer>
void put(std::string& out, Integer value) {
  for (int shift = static_cast<int>(sizeof(Integer)) * 8 - 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(static_cast<std::uint8_t>(value >> shift));
  }
}

// Of ASCII only, for which Java's "modified UTF-8" is the text itself.
void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

std::string der_of(X509* certificate) {
  std::string der(static_cast<std::size_t>(::i2d_X509(certificate, nullptr)), '\0');
  auto* end = reinterpret_cast<unsigned char*>(der.data());
  ::i2d_X509(certificate, &end);
  return der;
}

// SHA-1 over the password in UTF-16BE, a constant, and the store: a checksum, not a protection.
Result<std::string> digest_of(std::string_view store) {
  std::string text;
  for (const char c : kJavaTruststorePassword) put(text, static_cast<std::uint16_t>(c));
  text.append(kWhitener).append(store);
  std::string digest(kSha1Bytes, '\0');
  if (::EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()),
                   nullptr, ::EVP_sha1(), nullptr) != 1) {
    return Error(Reason::kInternal, "OpenSSL does not offer SHA-1, which a JKS file ends with");
  }
  return digest;
}

}  // namespace

Result<std::string> java_truststore(std::string_view pem, SystemTime now) {
  TRY(const auto certificates, parse_certificates(pem));
  std::set<std::string> once;
  for (const X509Ptr& certificate : certificates) once.insert(der_of(certificate.get()));
  const auto entered =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  std::string store;
  put(store, kMagic);
  put(store, kVersion);
  put(store, static_cast<std::uint32_t>(once.size()));
  int number = 0;
  for (const std::string& der : once) {
    put(store, kTrustedCertificate);
    put_text(store, "certificate-" + std::to_string(++number));
    put(store, static_cast<std::uint64_t>(entered));
    put_text(store, "X.509");
    put(store, static_cast<std::uint32_t>(der.size()));
    store += der;
  }
  TRY(const auto digest, digest_of(store));
  return store + digest;
}

}  // namespace wif::tls
