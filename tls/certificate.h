// Making and reading X.509 certificates, for authority.cc (RFC 5280; threat-model.md and
// All functions are pure but for randomness, and thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "tls/openssl.h"

namespace wif::tls {

struct Validity {
  SystemTime not_before;
  SystemTime not_after;
};

// A fresh P-256 key. Errors: kInternal.
Result<EvpPkeyPtr> make_key();

// The subject of a CA: "wif-proxy CA HOST 3f9a01". The host name tells a person which machine made
// it; the tag of the key keeps two CAs of one machine apart in stores that look up by subject.
// Errors: kInternal.
Result<X509NamePtr> ca_subject(std::string_view host_name, EVP_PKEY* key);

// A self-signed CA: pathlen 0, certificate and CRL signing only, critical name constraints for
// exactly these suffixes and no IP address. Suffixes must be DNS names (is_dns_name). Errors:
// kInternal.
Result<X509Ptr> make_ca(EVP_PKEY* key, const X509_NAME* subject,
                        const std::vector<std::string>& suffixes, Validity validity);

// A server certificate for exactly `host` (is_dns_name), signed by the issuer. Errors: kInternal.
Result<X509Ptr> make_leaf(EVP_PKEY* key, std::string_view host, Validity validity, X509* issuer,
                          EVP_PKEY* issuer_key);

// Lower-case labels of letters, digits, "-" and "_", 253 octets at most, the last label not a
// number: what may stand in a SAN or a constraint.
bool is_dns_name(std::string_view name);

// The private key in a PEM text, never asking for a passphrase. Errors: kConfiguration.
Result<EvpPkeyPtr> parse_key(const Secret& pem);
// All certificates of a PEM text in order; at least one. Errors: kConfiguration.
Result<std::vector<X509Ptr>> parse_certificates(std::string_view pem);
// PKCS #8, unencrypted. Errors: kInternal.
Result<Secret> key_to_pem(EVP_PKEY* key);
std::string to_pem(X509* certificate);

// DNS names that the constraints permit, sorted; empty without constraints or when the empty name
// is among them, which permits all.
std::vector<std::string> permitted_dns(const NAME_CONSTRAINTS* constraints);
NameConstraintsPtr name_constraints(const X509* certificate);

SystemTime not_before(const X509* certificate);
SystemTime not_after(const X509* certificate);
// SHA-256 over the DER form, "3f:9a:...".
std::string fingerprint(const X509* certificate);

}  // namespace wif::tls
