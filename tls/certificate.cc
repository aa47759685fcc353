#include "tls/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <utility>

#include "base/text.h"
#include "tls/digest.h"

namespace wif::tls {
namespace {

constexpr std::size_t kMaxCommonName = 64;  // RFC 5280 appendix A, ub-common-name

Error failure(std::string_view doing) {
  return Error(Reason::kInternal, std::string(doing) + ": " + openssl_error());
}

bool set_time(ASN1_TIME* field, SystemTime time) {
  return ASN1_TIME_set(field, std::chrono::system_clock::to_time_t(time)) != nullptr;
}

// 127 random bits, positive as RFC 5280 4.1.2.2 demands.
bool set_random_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);
  const BignumPtr number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

// `value` is OpenSSL's configuration syntax, so no part of it may come from outside unchecked.
bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  const X509ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_name(X509_NAME* name, const char* field, const std::string& value) {
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

// What the CA and its leaves have in common.
X509Ptr start(EVP_PKEY* key, Validity validity) {
  X509Ptr certificate(X509_new());
  if (!certificate) return nullptr;
  X509* raw = certificate.get();
  const bool ok = X509_set_version(raw, X509_VERSION_3) == 1 && set_random_serial(raw) &&
                  set_time(X509_getm_notBefore(raw), validity.not_before) &&
                  set_time(X509_getm_notAfter(raw), validity.not_after) &&
                  X509_set_pubkey(raw, key) == 1;
  return ok ? std::move(certificate) : nullptr;
}

// Ed25519 and Ed448 have no separate digest.
const EVP_MD* digest_for(EVP_PKEY* key) {
  const int type = EVP_PKEY_get_base_id(key);
  return type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448 ? nullptr : EVP_sha256();
}

std::string key_tag(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return {};
  const std::string_view bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  std::string tag = hex(sha256(bytes)).substr(0, 6);
  OPENSSL_free(der);
  return tag;
}

// A virtual machine at Google has a host name that would make us look like Google.
std::string ca_name(std::string_view host_name, EVP_PKEY* key) {
  std::string host = to_lower(host_name.substr(0, 40));
  std::replace_if(
      host.begin(), host.end(),
      [](char c) { return !is_digit(c) && (c < 'a' || c > 'z') && c != '-' && c != '.'; }, '-');
  if (host.empty() || host.find("google") != std::string::npos) host = "host";
  return "wif-proxy CA " + host + " " + key_tag(key);
}

std::string constraints(const std::vector<std::string>& suffixes) {
  std::string value = "critical";
  for (const std::string& suffix : suffixes) value += ",permitted;DNS:" + suffix;
  return value + ",excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:::/::";
}

int no_passphrase(char*, int, int, void*) { return -1; }

SystemTime to_time(const ASN1_TIME* field) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(field, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
    return false;
  }
  return std::all_of(label.begin(), label.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
}

}  // namespace

Result<EvpPkeyPtr> make_key() {
  EvpPkeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return failure("making a P-256 key");
  return key;
}

Result<X509NamePtr> ca_subject(std::string_view host_name, EVP_PKEY* key) {
  X509NamePtr name(X509_NAME_new());
  if (!name || !add_name(name.get(), "O", "wif-proxy") ||
      !add_name(name.get(), "CN", ca_name(host_name, key))) {
    return failure("naming the CA");
  }
  return name;
}

Result<X509Ptr> make_ca(EVP_PKEY* key, const X509_NAME* subject,
                        const std::vector<std::string>& suffixes, Validity validity) {
  X509Ptr certificate = start(key, validity);
  if (!certificate || X509_set_subject_name(certificate.get(), subject) != 1 ||
      X509_set_issuer_name(certificate.get(), subject) != 1) {
    return failure("making the CA certificate");
  }
  X509* raw = certificate.get();
  if (!add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_extension(raw, raw, NID_name_constraints, constraints(suffixes)) ||
      !add_extension(raw, raw, NID_subject_key_identifier, "hash") ||
      X509_sign(raw, key, digest_for(key)) == 0) {
    return failure("making the CA certificate");
  }
  return certificate;
}

Result<X509Ptr> make_leaf(EVP_PKEY* key, std::string_view host, Validity validity, X509* issuer,
                          EVP_PKEY* issuer_key) {
  X509Ptr certificate = start(key, validity);
  const X509NamePtr name(X509_NAME_new());
  // A common name is for people only, and has no room for long hosts; the subject may be empty if
  // the SAN is critical (RFC 5280 4.2.1.6).
  const bool has_name = host.size() <= kMaxCommonName;
  const bool ok = certificate && name &&
                  (!has_name || add_name(name.get(), "CN", std::string(host))) &&
                  X509_set_subject_name(certificate.get(), name.get()) == 1 &&
                  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1;
  if (!ok) return failure("making a leaf certificate");
  X509* raw = certificate.get();
  // A CA that was brought along may lack the identifier that leaves would refer to.
  const bool issuer_is_named = X509_get0_subject_key_id(issuer) != nullptr;
  const std::string names = std::string(has_name ? "" : "critical,") + "DNS:" + std::string(host);
  if (!add_extension(raw, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(raw, issuer, NID_key_usage, "critical,digitalSignature") ||
      !add_extension(raw, issuer, NID_ext_key_usage, "serverAuth") ||
      !add_extension(raw, issuer, NID_subject_alt_name, names) ||
      (issuer_is_named && !add_extension(raw, issuer, NID_authority_key_identifier, "keyid")) ||
      X509_sign(raw, issuer_key, digest_for(issuer_key)) == 0) {
    return failure("making a leaf certificate");
  }
  return certificate;
}

bool is_dns_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  const auto labels = split(name, '.');
  const std::string_view last = labels.back();
  const bool numeric = std::all_of(last.begin(), last.end(), is_digit) || last.starts_with("0x");
  return !numeric && std::all_of(labels.begin(), labels.end(), is_label);
}

Result<EvpPkeyPtr> parse_key(const Secret& pem) {
  const std::string_view text = pem.reveal();
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  EvpPkeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)
                     : nullptr);
  if (!key) {
    return Error(Reason::kConfiguration,
                 "no unencrypted private key in PEM form: " + openssl_error());
  }
  return key;
}

Result<std::vector<X509Ptr>> parse_certificates(std::string_view pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<X509Ptr> certificates;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) {
    certificates.emplace_back(next);
  }
  const unsigned long code = ERR_peek_last_error();
  const bool ended =
      ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  const std::string reason = openssl_error();
  if (!ended || certificates.empty()) {
    return Error(Reason::kConfiguration, "no certificates in PEM form: " + reason);
  }
  return certificates;
}

Result<Secret> key_to_pem(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  if (!bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return failure("writing the CA's key");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  Secret pem(std::string_view(data, static_cast<std::size_t>(size)));
  OPENSSL_cleanse(data, static_cast<std::size_t>(size));
  return pem;
}

std::string to_pem(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

NameConstraintsPtr name_constraints(const X509* certificate) {
  return NameConstraintsPtr(static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(certificate, NID_name_constraints, nullptr, nullptr)));
}

std::vector<std::string> permitted_dns(const NAME_CONSTRAINTS* constraints) {
  std::vector<std::string> names;
  if (constraints == nullptr) return names;
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees); ++i) {
    const GENERAL_NAME* base = sk_GENERAL_SUBTREE_value(constraints->permittedSubtrees, i)->base;
    if (base->type != GEN_DNS) continue;
    std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(base->d.dNSName)),
                     static_cast<std::size_t>(ASN1_STRING_length(base->d.dNSName)));
    // Some CAs write ".example.com", which OpenSSL reads as names below it only.
    if (name.starts_with('.')) name.erase(0, 1);
    if (name.empty()) return {};
    names.push_back(to_lower(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

SystemTime not_before(const X509* certificate) { return to_time(X509_get0_notBefore(certificate)); }

SystemTime not_after(const X509* certificate) { return to_time(X509_get0_notAfter(certificate)); }

std::string fingerprint(const X509* certificate) {
  Sha256 digest{};
  if (X509_digest(certificate, EVP_sha256(), digest.data(), nullptr) != 1) return {};
  std::string text = hex(digest);
  for (std::size_t i = text.size() - 2; i > 0; i -= 2) text.insert(i, ":");
  return text;
}

}  // namespace wif::tls
