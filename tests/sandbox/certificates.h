// Certificates of the sandbox cloud: a CA made at start, good leaves for its listeners, and bad
// ones that a careful client must refuse.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/sandbox/http.h"

namespace sandbox {

// What is wrong with a certificate; everything else about it is right.
enum class BadCertificate {
  kExpired,
  kNotYetValid,
  kWrongName,        // issued for wrong.example
  kSelfSigned,       // no CA above it
  kUnknownIssuer,    // a CA that nobody trusts, with the trusted one's name
  kWeakRsa,          // RSA of 1024 bits
  kWeakEc,           // P-192
  kSha1,             // signed with SHA-1
  kNameInCnOnly,     // no subjectAltName
  kPartialWildcard,  // b*.googleapis.com
  kNotForServers,    // extended key usage clientAuth
  kRevoked,          // listed in crl_pem()
};

// All of them, for parameterised tests.
const std::vector<BadCertificate>& all_bad_certificates();
// "expired", "unknown_issuer", ...
std::string to_string(BadCertificate kind);

// A P-256 root. Issuing is thread-safe.
class CertificateAuthority {
 public:
  CertificateAuthority();

  // The root certificate.
  std::string pem() const;
  // A P-256 leaf for DNS names (a first label `*` is allowed) and IP addresses.
  TlsIdentity issue(const std::vector<std::string>& names);
  TlsIdentity issue_bad(const std::vector<std::string>& names, BadCertificate kind);
  // Revocation list of every kRevoked certificate issued so far.
  std::string crl_pem() const;

 private:
  using Key = std::shared_ptr<EVP_PKEY>;
  using Certificate = std::shared_ptr<X509>;

  mutable std::mutex mutex_;
  Key key_;
  Certificate certificate_;
  long next_serial_ = 1000;
  std::vector<long> revoked_;
};

}  // namespace sandbox
