// Each bad certificate is bad in the one way its name says, so that the proxy's refusal of it means
// what the test thinks.

#include "tests/sandbox/certificates.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <map>
#include <memory>

namespace sandbox {
namespace {

std::shared_ptr<X509> parse(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free};
}

// OpenSSL's verdict on a leaf for `host` under the CA; X509_V_OK where it is fine. A certificate's
// name in CN does not count, as in any careful client.
int verify(const CertificateAuthority& authority, const TlsIdentity& identity, const char* host) {
  const auto root = parse(authority.pem());
  const auto leaf = parse(identity.certificate_pem);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                      X509_STORE_free);
  X509_STORE_add_cert(store.get(), root.get());
  const std::string list = authority.crl_pem();
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(list.data(), static_cast<int>(list.size())), BIO_free);
  const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> crl(
      PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr), X509_CRL_free);
  X509_STORE_add_crl(store.get(), crl.get());
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(
      X509_STORE_CTX_new(), X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_CRL_CHECK);
  X509_VERIFY_PARAM_set_auth_level(parameters, 2);
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_hostflags(
      parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  X509_VERIFY_PARAM_set1_host(parameters, host, 0);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

TEST(Certificates, AreGoodForEachOfTheirNames) {
  CertificateAuthority authority;
  const TlsIdentity identity = authority.issue({"a.example", "*.b.example", "127.0.0.1"});
  EXPECT_EQ(verify(authority, identity, "a.example"), X509_V_OK);
  EXPECT_EQ(verify(authority, identity, "x.b.example"), X509_V_OK);
  EXPECT_EQ(verify(authority, identity, "x.y.b.example"), X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST(Certificates, AreBadInTheWayOrdered) {
  const std::map<BadCertificate, int> expected = {
      {BadCertificate::kExpired, X509_V_ERR_CERT_HAS_EXPIRED},
      {BadCertificate::kNotYetValid, X509_V_ERR_CERT_NOT_YET_VALID},
      {BadCertificate::kWrongName, X509_V_ERR_HOSTNAME_MISMATCH},
      {BadCertificate::kSelfSigned, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
      {BadCertificate::kUnknownIssuer, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
      {BadCertificate::kWeakRsa, X509_V_ERR_EE_KEY_TOO_SMALL},
      {BadCertificate::kWeakEc, X509_V_ERR_EE_KEY_TOO_SMALL},
      {BadCertificate::kSha1, X509_V_ERR_CA_MD_TOO_WEAK},
      {BadCertificate::kNameInCnOnly, X509_V_ERR_HOSTNAME_MISMATCH},
      {BadCertificate::kPartialWildcard, X509_V_ERR_HOSTNAME_MISMATCH},
      {BadCertificate::kNotForServers, X509_V_ERR_INVALID_PURPOSE},
      {BadCertificate::kRevoked, X509_V_ERR_CERT_REVOKED}};
  CertificateAuthority authority;
  for (const BadCertificate kind : all_bad_certificates()) {
    const TlsIdentity identity = authority.issue_bad({"bigquery.googleapis.com"}, kind);
    const int result = verify(authority, identity, "bigquery.googleapis.com");
    EXPECT_EQ(result, expected.at(kind))
        << to_string(kind) << ": " << X509_verify_cert_error_string(result);
  }
}

}  // namespace
}  // namespace sandbox
