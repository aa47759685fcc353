#include "tests/sandbox/certificates.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <stdexcept>

namespace sandbox {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

constexpr long kDay = 24 * 60 * 60;

// Everything that distinguishes one certificate from another.
struct Plan {
  std::string common_name;
  std::string alternative_names;  // OpenSSL syntax, "" = none
  std::string usage = "serverAuth";
  bool is_ca = false;
  long from_seconds = -kDay;
  long until_seconds = 30 * kDay;
  long serial = 1;
  const EVP_MD* digest = EVP_sha256();
};

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("certificates: ") + what);
}

Key make_ec_key(const char* curve) {
  Key key(EVP_EC_gen(curve), EVP_PKEY_free);
  require(key != nullptr, "no EC key");
  return key;
}

Key make_rsa_key(std::size_t bits) {
  Key key(EVP_RSA_gen(static_cast<unsigned>(bits)), EVP_PKEY_free);
  require(key != nullptr, "no RSA key");
  return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  require(extension != nullptr, "bad extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Signs `plan` for `key`; `issuer` null = self-signed.
Certificate make_certificate(const Plan& plan, const Key& key, const Certificate& issuer,
                             const Key& issuer_key) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), plan.serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), plan.from_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), plan.until_seconds);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(plan.common_name.c_str()), -1,
                             -1, 0);
  X509* above = issuer ? issuer.get() : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(above));
  add_extension(certificate.get(), above, NID_basic_constraints,
                plan.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(certificate.get(), above, NID_subject_key_identifier, "hash");
  add_extension(certificate.get(), above, NID_authority_key_identifier, "keyid:always");
  add_extension(certificate.get(), above, NID_key_usage,
                plan.is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  if (!plan.is_ca) add_extension(certificate.get(), above, NID_ext_key_usage, plan.usage);
  if (!plan.alternative_names.empty()) {
    add_extension(certificate.get(), above, NID_subject_alt_name, plan.alternative_names);
  }
  require(X509_sign(certificate.get(), issuer_key.get(), plan.digest) > 0, "signing failed");
  return certificate;
}

template <typename Write>
std::string to_pem(Write write) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  require(write(bio.get()) == 1, "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string certificate_pem(const Certificate& certificate) {
  return to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

std::string key_pem(const Key& key) {
  return to_pem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    unsigned char scratch[16];
    const bool is_ip = inet_pton(AF_INET, name.c_str(), scratch) == 1 ||
                       inet_pton(AF_INET6, name.c_str(), scratch) == 1;
    text += (text.empty() ? "" : ",") + std::string(is_ip ? "IP:" : "DNS:") + name;
  }
  return text;
}

Plan root_plan() {
  Plan plan;
  plan.common_name = "wif-sandbox root";
  plan.is_ca = true;
  return plan;
}

Plan leaf_plan(const std::vector<std::string>& names, long serial) {
  Plan plan;
  plan.common_name = names.front();
  plan.alternative_names = alternative_names(names);
  plan.serial = serial;
  return plan;
}

void spoil(Plan& plan, BadCertificate kind) {
  switch (kind) {
    case BadCertificate::kExpired: plan.until_seconds = -60; break;
    case BadCertificate::kNotYetValid: plan.from_seconds = kDay; break;
    case BadCertificate::kWrongName:
      plan.common_name = "wrong.example";
      plan.alternative_names = "DNS:wrong.example";
      break;
    case BadCertificate::kSha1: plan.digest = EVP_sha1(); break;
    case BadCertificate::kNameInCnOnly: plan.alternative_names.clear(); break;
    case BadCertificate::kPartialWildcard: plan.alternative_names = "DNS:b*.googleapis.com"; break;
    case BadCertificate::kNotForServers: plan.usage = "clientAuth"; break;
    default: break;
  }
}

}  // namespace

const std::vector<BadCertificate>& all_bad_certificates() {
  using enum BadCertificate;
  static const std::vector<BadCertificate> kAll = {
      kExpired, kNotYetValid, kWrongName,    kSelfSigned,      kUnknownIssuer, kWeakRsa,
      kWeakEc,  kSha1,        kNameInCnOnly, kPartialWildcard, kNotForServers, kRevoked};
  return kAll;
}

std::string to_string(BadCertificate kind) {
  switch (kind) {
    case BadCertificate::kExpired: return "expired";
    case BadCertificate::kNotYetValid: return "not_yet_valid";
    case BadCertificate::kWrongName: return "wrong_name";
    case BadCertificate::kSelfSigned: return "self_signed";
    case BadCertificate::kUnknownIssuer: return "unknown_issuer";
    case BadCertificate::kWeakRsa: return "weak_rsa";
    case BadCertificate::kWeakEc: return "weak_ec";
    case BadCertificate::kSha1: return "sha1";
    case BadCertificate::kNameInCnOnly: return "name_in_cn_only";
    case BadCertificate::kPartialWildcard: return "partial_wildcard";
    case BadCertificate::kNotForServers: return "not_for_servers";
    case BadCertificate::kRevoked: return "revoked";
  }
  return "unknown";
}

CertificateAuthority::CertificateAuthority()
    : key_(make_ec_key("P-256")),
      certificate_(make_certificate(root_plan(), key_, nullptr, key_)) {}

std::string CertificateAuthority::pem() const { return certificate_pem(certificate_); }

TlsIdentity CertificateAuthority::issue(const std::vector<std::string>& names) {
  const std::lock_guard lock(mutex_);
  const Key key = make_ec_key("P-256");
  const Certificate leaf =
      make_certificate(leaf_plan(names, ++next_serial_), key, certificate_, key_);
  return {certificate_pem(leaf), key_pem(key)};
}

TlsIdentity CertificateAuthority::issue_bad(const std::vector<std::string>& names,
                                            BadCertificate kind) {
  const std::lock_guard lock(mutex_);
  Plan plan = leaf_plan(names, ++next_serial_);
  spoil(plan, kind);
  Key key = make_ec_key(kind == BadCertificate::kWeakEc ? "P-192" : "P-256");
  if (kind == BadCertificate::kWeakRsa) key = make_rsa_key(1024);
  Certificate issuer = certificate_;
  Key issuer_key = key_;
  if (kind == BadCertificate::kSelfSigned) {
    issuer = nullptr;
    issuer_key = key;
  } else if (kind == BadCertificate::kUnknownIssuer) {
    issuer_key = make_ec_key("P-256");
    issuer = make_certificate(root_plan(), issuer_key, nullptr, issuer_key);
  } else if (kind == BadCertificate::kRevoked) {
    revoked_.push_back(plan.serial);
  }
  return {certificate_pem(make_certificate(plan, key, issuer, issuer_key)), key_pem(key)};
}

std::string CertificateAuthority::crl_pem() const {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> crl(X509_CRL_new(), X509_CRL_free);
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(certificate_.get()));
  std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> time(ASN1_TIME_new(), ASN1_TIME_free);
  X509_gmtime_adj(time.get(), -kDay);
  X509_CRL_set1_lastUpdate(crl.get(), time.get());
  for (const long serial : revoked_) {
    X509_REVOKED* entry = X509_REVOKED_new();
    ASN1_INTEGER* number = ASN1_INTEGER_new();
    ASN1_INTEGER_set(number, serial);
    X509_REVOKED_set_serialNumber(entry, number);
    X509_REVOKED_set_revocationDate(entry, time.get());
    X509_CRL_add0_revoked(crl.get(), entry);
    ASN1_INTEGER_free(number);
  }
  X509_gmtime_adj(time.get(), 7 * kDay);
  X509_CRL_set1_nextUpdate(crl.get(), time.get());
  X509_CRL_sort(crl.get());
  require(X509_CRL_sign(crl.get(), key_.get(), EVP_sha256()) > 0, "signing the list failed");
  return to_pem([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, crl.get()); });
}

}  // namespace sandbox
