#include "tls/contexts.h"

#include "tests/unit/tls/test_support.h"

namespace wif::tls {
namespace {

using namespace test;

const char kHost[] = "bigquery.googleapis.com";

class LeafContext : public testing::Test {
 protected:
  Authority authority_ = *Authority::create({.permitted_suffixes = {"googleapis.com"}}, now());
  FakeClock clock_;
  std::shared_ptr<TicketKeys> tickets_ = std::make_shared<TicketKeys>(clock_);

  SslCtxPtr server(const std::vector<std::string>& alpn = {"http/1.1"}, const char* host = kHost) {
    return *make_leaf_context(*authority_.mint(host, now(), 24h), tickets_, alpn);
  }

  // A client as OpenSSL makes it, which trusts our CA.
  SslCtxPtr client(int version = 0) {
    SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority_.certificate());
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    return context;
  }

  static void offer(const SslCtxPtr& context, const std::string& wire) {
    SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(wire.data()),
                            static_cast<unsigned>(wire.size()));
  }

  // The session a client has after one visit.
  SslSessionPtr visit(const SslCtxPtr& client_context, const SslCtxPtr& server_context,
                      SSL_SESSION* session, bool* resumed) {
    Connection connection(client_context.get(), server_context.get());
    if (session != nullptr) SSL_set_session(connection.client.get(), session);
    EXPECT_TRUE(connection.handshake()) << openssl_error();
    if (resumed != nullptr) *resumed = connection.resumed();
    // An unclean end would make the session unfit for resumption.
    SSL_shutdown(connection.client.get());
    return SslSessionPtr(SSL_get1_session(connection.client.get()));
  }
};

TEST_F(LeafContext, SpeaksTls13WithAes128First) {
  const auto client_context = client();
  const auto server_context = server();
  Connection connection(client_context.get(), server_context.get());
  SSL_set1_host(connection.client.get(), kHost);
  ASSERT_TRUE(connection.handshake()) << openssl_error();
  EXPECT_EQ(connection.version(), "TLSv1.3");
  EXPECT_EQ(connection.cipher(), "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(SSL_get_negotiated_group(connection.client.get()), NID_X25519);
}

TEST_F(LeafContext, SpeaksTls12WithAeadAndForwardSecrecy) {
  const auto client_context = client(TLS1_2_VERSION);
  const auto server_context = server();
  Connection connection(client_context.get(), server_context.get());
  ASSERT_TRUE(connection.handshake()) << openssl_error();
  EXPECT_EQ(connection.version(), "TLSv1.2");
  EXPECT_EQ(connection.cipher(), "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_EQ(SSL_get_secure_renegotiation_support(connection.client.get()), 1);
}

TEST_F(LeafContext, RefusesTls11AndOldCiphers) {
  const auto old = client(TLS1_1_VERSION);
  SSL_CTX_set_security_level(old.get(), 0);
  const auto server_context = server();
  EXPECT_FALSE(Connection(old.get(), server_context.get()).handshake());
  const auto cbc = client(TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(cbc.get(), "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA");
  EXPECT_FALSE(Connection(cbc.get(), server_context.get()).handshake());
}

TEST_F(LeafContext, RefusesRenegotiation) {
  const auto client_context = client(TLS1_2_VERSION);
  const auto server_context = server();
  Connection connection(client_context.get(), server_context.get());
  ASSERT_TRUE(connection.handshake());
  ASSERT_EQ(SSL_renegotiate(connection.client.get()), 1);
  char byte = 0;
  for (int i = 0; i < 5; ++i) {
    SSL_do_handshake(connection.client.get());
    SSL_read(connection.server.get(), &byte, 1);
  }
  EXPECT_EQ(SSL_in_init(connection.client.get()), 1);  // got no second ServerHello
}

TEST_F(LeafContext, OffersNoEarlyData) {
  const auto client_context = client();
  const auto session = visit(client_context, server(), nullptr, nullptr);
  EXPECT_EQ(SSL_SESSION_get_max_early_data(session.get()), 0u);
  EXPECT_EQ(SSL_SESSION_get_ticket_lifetime_hint(session.get()), 3600u);
}

TEST_F(LeafContext, ResumesAcrossContextsOfOneHost) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto client_context = client(version);
    bool resumed = true;
    const auto session = visit(client_context, server(), nullptr, &resumed);
    EXPECT_FALSE(resumed);
    // A renewed leaf means a new context and a new key.
    visit(client_context, server(), session.get(), &resumed);
    EXPECT_TRUE(resumed) << version;
  }
}

TEST_F(LeafContext, TicketOfOneHostIsOfNoUseAtAnother) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto client_context = client(version);
    const auto session = visit(client_context, server(), nullptr, nullptr);
    bool resumed = true;
    visit(client_context, server({}, "storage.googleapis.com"), session.get(), &resumed);
    EXPECT_FALSE(resumed) << version;
  }
}

TEST_F(LeafContext, ResumesForAnHourAfterTheKeyRotated) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    tickets_ = std::make_shared<TicketKeys>(clock_);
    const auto client_context = client(version);
    clock_.advance(59min);
    const auto session = visit(client_context, server(), nullptr, nullptr);
    const auto name = tickets_->current()->name;
    clock_.advance(61min);
    EXPECT_NE(tickets_->current()->name, name);
    bool resumed = false;
    const auto renewed = visit(client_context, server(), session.get(), &resumed);
    EXPECT_TRUE(resumed) << version;
    clock_.advance(59min);
    visit(client_context, server(), session.get(), &resumed);
    EXPECT_FALSE(resumed) << version;
    visit(client_context, server(), renewed.get(), &resumed);
    EXPECT_TRUE(resumed) << version << ": a ticket under the old key is replaced";
  }
}

TEST_F(LeafContext, ChoosesAlpnByItsOwnOrder) {
  const auto negotiated = [this](const std::vector<std::string>& ours, const std::string& wire) {
    const auto client_context = client();
    if (!wire.empty()) offer(client_context, wire);
    const auto server_context = server(ours);
    Connection connection(client_context.get(), server_context.get());
    return connection.handshake() ? "alpn:" + connection.alpn() : openssl_error();
  };
  EXPECT_EQ(negotiated({"http/1.1"}, "\x02h2\x08http/1.1"), "alpn:http/1.1");
  EXPECT_EQ(negotiated({"h2", "http/1.1"}, "\x08http/1.1\x02h2"), "alpn:h2");
  EXPECT_EQ(negotiated({"h2", "http/1.1"}, "\x08http/1.1"), "alpn:http/1.1");
  EXPECT_EQ(negotiated({"http/1.1"}, ""), "alpn:");
  EXPECT_NE(negotiated({"http/1.1"}, "\x02h2").find("no application protocol"), std::string::npos);
}

TEST_F(LeafContext, SendsTheIssuersBelowTheRoot) {
  const Issued root = make_test_ca("critical,permitted;DNS:googleapis.com");
  Leaf leaf = *authority_.mint(kHost, now(), 24h);
  leaf.chain.push_back(share(root.certificate.get()));
  const auto server_context = *make_leaf_context(leaf, tickets_, {});
  const auto client_context = client();
  Connection connection(client_context.get(), server_context.get());
  ASSERT_TRUE(connection.handshake());
  EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(connection.client.get())), 2);
}

TEST(TicketKeys, RotateHourlyAndKeepOneOld) {
  FakeClock clock;
  TicketKeys keys(clock);
  const auto first = keys.current()->name;
  EXPECT_EQ(keys.current()->name, first);
  EXPECT_FALSE(keys.find(first.data())->renew);
  clock.advance(1h);
  EXPECT_NE(keys.current()->name, first);
  EXPECT_TRUE(keys.find(first.data())->renew);
  clock.advance(59min);
  EXPECT_TRUE(keys.find(first.data()));
  clock.advance(1min);
  EXPECT_FALSE(keys.find(first.data()));
}

TEST(TicketKeys, AllGoAfterTwoQuietHours) {
  FakeClock clock;
  TicketKeys keys(clock);
  const auto first = keys.current()->name;
  clock.advance(2h);
  EXPECT_FALSE(keys.find(first.data()));
}

}  // namespace
}  // namespace wif::tls
