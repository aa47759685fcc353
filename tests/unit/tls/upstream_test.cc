// Connections to upstreams: which certificates are refused, which roots count,
// and that sessions are resumed.
#include "tests/unit/tls/test_support.h"
#include "tls/contexts.h"

namespace wif::tls {
namespace {

using namespace test;

class Upstream : public testing::Test {
 protected:
  TempFolder folder_;
  FakeClock clock_;
  Issued root_ = make_test_ca();
  SslCtxPtr context_ = *make_upstream_context(roots(to_pem(root_.certificate.get())), {"http/1.1"});
  UpstreamSessions sessions_{clock_, 16};

  UpstreamRoots roots(const std::string& pem) {
    auto loaded = load_upstream_roots(write(folder_ / "roots.pem", pem), nullptr);
    EXPECT_TRUE(loaded) << loaded.error().what;
    return *std::move(loaded);
  }

  // A server that would take anything, so that the refusal is the client's.
  static SslCtxPtr server(const Issued& issued, int version = 0) {
    SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_use_certificate(context.get(), issued.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), issued.key.get());
    SSL_CTX_set_max_proto_version(context.get(), version);
    return context;
  }

  // "" when the connection to `host` comes about, else why not.
  std::string connect(const CertificateSpec& spec, const std::string& host = "www.example") {
    return connect(spec.issue(), host);
  }
  std::string connect(const Issued& issued, const std::string& host, int version = 0) {
    const auto server_context = server(issued, version);
    Connection connection(*make_upstream_connection(context_.get(), host, 443, nullptr),
                          server_context.get());
    return connection.handshake() ? "" : handshake_failure(connection.client.get());
  }
  CertificateSpec good() const {
    CertificateSpec spec;
    spec.issuer = &root_;
    return spec;
  }
};

testing::AssertionResult says(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\"" << text << "\" does not say \"" << part << "\"";
}

TEST_F(Upstream, AcceptsAGoodCertificate) {
  EXPECT_EQ(connect(good()), "");
  auto spec = good();
  spec.san = "DNS:*.example.com";
  EXPECT_EQ(connect(spec, "www.example.com"), "");
  spec.san = "IP:192.0.2.7,IP:2001:db8::7";
  EXPECT_EQ(connect(spec, "192.0.2.7"), "");
  EXPECT_EQ(connect(spec, "2001:db8::7"), "");
}

TEST_F(Upstream, RefusesExpired) {
  auto spec = good();
  spec.until = -1s;
  EXPECT_TRUE(says(connect(spec), "certificate has expired"));
}

TEST_F(Upstream, RefusesNotYetValid) {
  auto spec = good();
  spec.from = 1h;
  EXPECT_TRUE(says(connect(spec), "not yet valid"));
}

TEST_F(Upstream, RefusesAWrongName) {
  EXPECT_TRUE(says(connect(good(), "other.example"), "hostname mismatch"));
  EXPECT_TRUE(says(connect(good(), "192.0.2.7"), "IP address mismatch"));
}

TEST_F(Upstream, RefusesSelfSigned) {
  CertificateSpec spec;
  EXPECT_TRUE(says(connect(spec), "self-signed"));
}

TEST_F(Upstream, RefusesAnUnknownIssuer) {
  const Issued other = make_test_ca("", "Another Root");
  auto spec = good();
  spec.issuer = &other;
  EXPECT_TRUE(says(connect(spec), "unable to get local issuer certificate"));
}

TEST_F(Upstream, RefusesWeakKeys) {
  auto spec = good();
  spec.rsa_bits = 1024;
  EXPECT_TRUE(says(connect(spec), "key too weak"));
}

TEST_F(Upstream, RefusesSha1Signatures) {
  auto spec = good();
  spec.digest = EVP_sha1();
  EXPECT_TRUE(says(connect(spec), "digest algorithm too weak"));
}

TEST_F(Upstream, RefusesPartialWildcards) {
  auto spec = good();
  spec.san = "DNS:b*.example.com";
  EXPECT_TRUE(says(connect(spec, "bigquery.example.com"), "hostname mismatch"));
  spec.san = "DNS:*y.example.com";
  EXPECT_TRUE(says(connect(spec, "bigquery.example.com"), "hostname mismatch"));
}

TEST_F(Upstream, WildcardCoversOneLabelOnly) {
  auto spec = good();
  spec.san = "DNS:*.example.com";
  EXPECT_EQ(connect(spec, "a.example.com"), "");
  EXPECT_TRUE(says(connect(spec, "a.b.example.com"), "hostname mismatch"));
  EXPECT_TRUE(says(connect(spec, "example.com"), "hostname mismatch"));
}

TEST_F(Upstream, RefusesACommonNameInPlaceOfTheSan) {
  auto spec = good();
  spec.san.clear();
  spec.common_name = "www.example";
  EXPECT_TRUE(says(connect(spec), "hostname mismatch"));
}

TEST_F(Upstream, RefusesTls11) {
  auto spec = good();
  EXPECT_NE(connect(spec.issue(), "www.example", TLS1_1_VERSION), "");
}

TEST_F(Upstream, RefusesWhatACrlRevokes) {
  const Issued bad = good().issue();
  const std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>> crl(X509_CRL_new());
  X509_CRL_set_version(crl.get(), 1);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(root_.certificate.get()));
  const std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>> time(X509_gmtime_adj(nullptr, -60));
  X509_CRL_set1_lastUpdate(crl.get(), time.get());
  X509_gmtime_adj(time.get(), 3600);
  X509_CRL_set1_nextUpdate(crl.get(), time.get());
  X509_REVOKED* entry = X509_REVOKED_new();
  X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(bad.certificate.get()));
  X509_REVOKED_set_revocationDate(entry, time.get());
  X509_CRL_add0_revoked(crl.get(), entry);
  X509_CRL_sign(crl.get(), root_.key.get(), EVP_sha256());
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_CRL(bio.get(), crl.get());
  char* data = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &data));

  const Issued other = make_test_ca("", "Another Root");
  context_ =
      *make_upstream_context(roots(to_pem(root_.certificate.get()) + std::string(data, size) +
                                   to_pem(other.certificate.get())),
                             {});
  EXPECT_TRUE(says(connect(bad, "www.example"), "certificate revoked"));
  EXPECT_EQ(connect(good()), "");
  auto spec = good();
  spec.issuer = &other;
  EXPECT_EQ(connect(spec), "") << "an issuer without a CRL";
}

TEST_F(Upstream, SendsSniForNamesOnly) {
  const auto server_context = server(good().issue());
  using Case = std::pair<const char*, const char*>;
  for (const auto& [host, sni] : {Case("www.example", "www.example"), Case("192.0.2.7", "")}) {
    Connection connection(*make_upstream_connection(context_.get(), host, 443, nullptr),
                          server_context.get());
    const char* sent = SSL_get_servername(connection.client.get(), TLSEXT_NAMETYPE_host_name);
    EXPECT_STREQ(sent == nullptr ? "" : sent, sni);
  }
}

TEST_F(Upstream, ResumesPerHostAndPort) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto spec = good();
    spec.san = "DNS:www.example,DNS:other.example";
    const auto server_context = server(spec.issue(), version);
    UpstreamSessions sessions(clock_, 16);
    const auto resumed = [&](const char* host, std::uint16_t port) {
      Connection connection(*make_upstream_connection(context_.get(), host, port, &sessions),
                            server_context.get());
      EXPECT_TRUE(connection.handshake()) << openssl_error();
      SSL_shutdown(connection.client.get());
      return connection.resumed();
    };
    EXPECT_FALSE(resumed("www.example", 443));
    EXPECT_TRUE(resumed("www.example", 443)) << version;
    EXPECT_FALSE(resumed("www.example", 8443));
    EXPECT_FALSE(resumed("other.example", 443));
    clock_.advance(1h);
    EXPECT_FALSE(resumed("www.example", 443)) << "the certificate must be looked at again";
  }
}

TEST_F(Upstream, FailedHandshakesLeaveNoSession) {
  const auto server_context = server(CertificateSpec().issue());
  Connection connection(*make_upstream_connection(context_.get(), "www.example", 443, &sessions_),
                        server_context.get());
  EXPECT_FALSE(connection.handshake());
  EXPECT_EQ(sessions_.size(), 0u);
}

SslSessionPtr made_up(int version) {
  SslSessionPtr session(SSL_SESSION_new());
  SSL_SESSION_set_protocol_version(session.get(), version);
  const unsigned char id[] = {1, 2, 3};
  SSL_SESSION_set1_id(session.get(), id, sizeof id);
  return session;
}

TEST_F(Upstream, Tls13SessionsAreGivenOutOnceAndTls12AreKept) {
  sessions_.save("a", 443, made_up(TLS1_3_VERSION));
  EXPECT_TRUE(sessions_.take("a", 443));
  EXPECT_FALSE(sessions_.take("a", 443));
  sessions_.save("a", 443, made_up(TLS1_2_VERSION));
  EXPECT_TRUE(sessions_.take("a", 443));
  EXPECT_TRUE(sessions_.take("a", 443));
}

TEST_F(Upstream, SessionsAreBoundedInAllAndPerOrigin) {
  UpstreamSessions few(clock_, 6);
  for (int i = 0; i < 10; ++i) few.save("a", 443, made_up(TLS1_3_VERSION));
  EXPECT_EQ(few.size(), UpstreamSessions::kPerOrigin);
  for (int i = 0; i < 10; ++i) few.save(std::to_string(i), 443, made_up(TLS1_3_VERSION));
  EXPECT_EQ(few.size(), 6u);
  EXPECT_FALSE(few.take("a", 443));
  EXPECT_TRUE(few.take("9", 443));
}

TEST_F(Upstream, OwnCaIsNoRoot) {
  const auto own = Authority::create({.permitted_suffixes = {"googleapis.com"}}, now());
  write(folder_ / "with-own.pem", to_pem(root_.certificate.get()) + own->certificate_pem());
  const auto refused = load_upstream_roots(folder_ / "with-own.pem", &*own);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::kConfiguration);
  EXPECT_TRUE(says(refused.error().what, "our own CA"));
  const auto other = Authority::create({.permitted_suffixes = {"googleapis.com"}}, now());
  EXPECT_EQ(load_upstream_roots(folder_ / "with-own.pem", &*other)->certificates, 2u);
}

TEST_F(Upstream, BundleMistakesNameTheFile) {
  EXPECT_TRUE(says(load_upstream_roots(folder_ / "none.pem", nullptr).error().what, "none.pem"));
  write(folder_ / "empty.pem", "no certificates here\n");
  EXPECT_TRUE(says(load_upstream_roots(folder_ / "empty.pem", nullptr).error().what, "empty.pem"));
  write(folder_ / "broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  EXPECT_TRUE(
      says(load_upstream_roots(folder_ / "broken.pem", nullptr).error().what, "broken.pem"));
}

TEST_F(Upstream, SystemRootsAreFound) {
  if (system_roots_file().empty()) GTEST_SKIP() << "no system root certificates here";
  const auto roots = load_upstream_roots("", nullptr);
  ASSERT_TRUE(roots) << roots.error().what;
  EXPECT_GT(roots->certificates, 0u);
  EXPECT_EQ(roots->path, system_roots_file());
}

}  // namespace
}  // namespace wif::tls
