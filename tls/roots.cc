#include "tls/roots.h"

#include <openssl/pem.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "tls/files.h"

namespace wif::tls {
namespace {

void free_infos(STACK_OF(X509_INFO) * infos) { sk_X509_INFO_pop_free(infos, X509_INFO_free); }
using InfosPtr = std::unique_ptr<STACK_OF(X509_INFO), FreeWith<free_infos>>;

int no_passphrase(char*, int, int, void*) { return -1; }

Error configuration(std::string what) { return Error(Reason::kConfiguration, std::move(what)); }

// A CRL of one issuer must not make the certificates of all others fail for want of theirs.
int accept_missing_crl(int ok, X509_STORE_CTX* context) {
  if (ok == 0 && X509_STORE_CTX_get_error(context) == X509_V_ERR_UNABLE_TO_GET_CRL) {
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  return ok;
}

// By its key, so that an older certificate of the same CA is recognised too.
bool is_own(X509* certificate, const Authority* own_ca) {
  if (own_ca == nullptr) return false;
  EVP_PKEY* own = X509_get0_pubkey(own_ca->certificate());
  EVP_PKEY* other = X509_get0_pubkey(certificate);
  return own != nullptr && other != nullptr && EVP_PKEY_eq(own, other) == 1;
}

Result<InfosPtr> parse(const std::string& path) {
  TRY(const std::string pem, read_file(path));
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  InfosPtr infos(bio ? PEM_X509_INFO_read_bio(bio.get(), nullptr, no_passphrase, nullptr)
                     : nullptr);
  if (!infos) return configuration("reading root certificates in " + path + ": " + openssl_error());
  return infos;
}

}  // namespace

std::string system_roots_file() {
  for (const char* path : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/cert.pem"}) {
    if (::access(path, R_OK) == 0) return path;
  }
  return {};
}

Result<UpstreamRoots> load_upstream_roots(const std::string& ca_bundle, const Authority* own_ca) {
  UpstreamRoots roots{ca_bundle.empty() ? system_roots_file() : ca_bundle,
                      X509StorePtr(X509_STORE_new())};
  if (roots.path.empty()) {
    return configuration(
        "no system root certificates found; install the package ca-certificates, "
        "or name a file in upstream.ca_bundle");
  }
  TRY(const InfosPtr infos, parse(roots.path));
  for (int i = 0; i < sk_X509_INFO_num(infos.get()); ++i) {
    const X509_INFO* info = sk_X509_INFO_value(infos.get(), i);
    if (info->crl != nullptr) {
      X509_STORE_add_crl(roots.store.get(), info->crl);
      X509_STORE_set_flags(roots.store.get(), X509_V_FLAG_CRL_CHECK);
      X509_STORE_set_verify_cb(roots.store.get(), accept_missing_crl);
    }
    if (info->x509 == nullptr) continue;
    if (is_own(info->x509, own_ca)) {
      if (!ca_bundle.empty()) {
        return configuration(ca_bundle +
                             " holds our own CA, which is no root for upstreams; name "
                             "the system's roots, not the bundle made for clients");
      }
      roots.own_ca_left_out = true;
    } else if (X509_STORE_add_cert(roots.store.get(), info->x509) == 1) {
      ++roots.certificates;
    }
  }
  openssl_error();  // comparing keys of different kinds leaves entries behind
  if (roots.certificates == 0) return configuration(roots.path + " holds no root certificate");
  return roots;
}

}  // namespace wif::tls
