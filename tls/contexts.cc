#include "tls/contexts.h"

#include <arpa/inet.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "tls/digest.h"
#include "tls/openssl_memory.h"

namespace wif::tls {
namespace {

// RFC 9325 4.2: forward secrecy and AEAD. TLS 1.3 has nothing else.
constexpr char kUpstreamCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr char kLeafCiphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305";
// AES-128 first costs 8 % less per handshake than OpenSSL's own order.
constexpr char kSuites[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char kLeafGroups[] = "X25519:P-256";
// Refuses RSA below 2048 bits, EC below 224 and signatures with SHA-1.
constexpr int kSecurityLevel = 2;

Error failure(std::string_view doing) {
  return Error(Reason::kInternal, std::string(doing) + ": " + openssl_error());
}

// RFC 7301 3.1: each name behind its length.
std::string alpn_wire(const std::vector<std::string>& names) {
  std::string wire;
  for (const std::string& name : names) {
    wire += static_cast<char>(name.size());
    wire += name;
  }
  return wire;
}

const unsigned char* unsigned_data(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// What both sides have in common.
bool set_common(SSL_CTX* context, const char* ciphers) {
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  // Released buffers make an idle connection small. Reading ahead takes a record's header and
  // payload at once; there is never more than one record to be had (tls/record_source.h).
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_security_level(context, kSecurityLevel);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, 0) == 1 &&
         SSL_CTX_set_cipher_list(context, ciphers) == 1 &&
         SSL_CTX_set_ciphersuites(context, kSuites) == 1;
}

// Where the sessions of one upstream connection go.
struct SessionTarget {
  UpstreamSessions* sessions;
  std::string host;
  std::uint16_t port;
};

void free_target(void*, void* target, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<SessionTarget*>(target);
}

int target_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_target);
  return index;
}

// Returning 1 keeps the reference that came with the session.
int on_new_session(SSL* ssl, SSL_SESSION* session) {
  const auto* target = static_cast<SessionTarget*>(SSL_get_ex_data(ssl, target_index()));
  if (target == nullptr) return 0;
  target->sessions->save(target->host, target->port, SslSessionPtr(session));
  return 1;
}

// What the callbacks of a leaf context need, owned by it.
struct LeafSettings {
  std::shared_ptr<TicketKeys> tickets;
  std::string alpn;  // wire form, our order
};

void free_settings(void*, void* settings, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<LeafSettings*>(settings);
}

int settings_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_settings);
  return index;
}

const LeafSettings& settings_of(SSL* ssl) {
  return *static_cast<LeafSettings*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), settings_index()));
}

bool set_mac(EVP_MAC_CTX* mac, TicketKeys::Key& key) {
  char digest[] = "SHA256";
  const std::array<OSSL_PARAM, 3> params{
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.hmac.data(), key.hmac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, params.data()) == 1;
}

int seal_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                EVP_MAC_CTX* mac) {
  auto key = settings_of(ssl).tickets->current();
  if (!key || RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
  std::copy(key->name.begin(), key->name.end(), name);
  const bool ok = EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key->aes.data(), iv, nullptr) == 1;
  return ok && set_mac(mac, *key) ? 1 : -1;
}

// SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 0 = unknown key, so a full handshake; 2 = opened, but a
// new ticket is due.
int open_ticket(SSL* ssl, const unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                EVP_MAC_CTX* mac) {
  auto found = settings_of(ssl).tickets->find(name);
  if (!found) return 0;
  const bool ok =
      EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), found->key.aes.data(), iv, nullptr) == 1;
  if (!ok || !set_mac(mac, found->key)) return -1;
  return found->renew ? 2 : 1;
}

int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* mac, int sealing) {
  return sealing != 0 ? seal_ticket(ssl, name, iv, cipher, mac)
                      : open_ticket(ssl, name, iv, cipher, mac);
}

// RFC 7301 3.2. A client without ALPN does not get here.
int on_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
            const unsigned char* offered, unsigned offered_size, void*) {
  const std::string& ours = settings_of(ssl).alpn;
  unsigned char* chosen = nullptr;
  const int result =
      SSL_select_next_proto(&chosen, out_size, unsigned_data(ours),
                            static_cast<unsigned>(ours.size()), offered, offered_size);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool use_leaf(SSL_CTX* context, const Leaf& leaf) {
  if (SSL_CTX_use_certificate(context, leaf.certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, leaf.key.get()) != 1) {
    return false;
  }
  for (const X509Ptr& issuer : leaf.chain) {
    if (SSL_CTX_add1_chain_cert(context, issuer.get()) != 1) return false;
  }
  return true;
}

// Tickets are stateless, so they survive the context; no session is kept in memory.
bool set_tickets(SSL_CTX* context, const Leaf& leaf) {
  // A ticket of one host is of no use at another.
  const Sha256 host = sha256(leaf.host);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context, std::chrono::seconds(TicketKeys::kRotation).count());
  return SSL_CTX_set_session_id_context(context, host.data(), host.size()) == 1 &&
         SSL_CTX_set_num_tickets(context, 1) == 1 && SSL_CTX_set_max_early_data(context, 0) == 1 &&
         SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket) == 1;
}

// Only the newest session is offered; where it came from, new ones go.
bool use_sessions(SSL* ssl, SessionTarget target) {
  auto owned = std::make_unique<SessionTarget>(std::move(target));
  if (SSL_set_ex_data(ssl, target_index(), owned.get()) != 1) return false;
  const SessionTarget& kept = *owned.release();  // freed with `ssl`
  if (const SslSessionPtr session = kept.sessions->take(kept.host, kept.port)) {
    SSL_set_session(ssl, session.get());  // if it does not fit, the handshake is a full one
  }
  return true;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> binary;
  return ::inet_pton(AF_INET, host.c_str(), binary.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), binary.data()) == 1;
}

// On each connection, because a context does not hand its host flags on. SNI is for names only
// (RFC 6066 3).
bool expect_host(SSL* ssl, const std::string& host) {
  SSL_set_hostflags(ssl,
                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (is_address(host)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

Result<SslCtxPtr> make_upstream_context(const UpstreamRoots& roots,
                                        const std::vector<std::string>& alpn) {
  SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context || !set_common(context.get(), kUpstreamCiphers)) {
    return failure("making the TLS context for upstreams");
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set1_cert_store(context.get(), roots.store.get());
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), on_new_session);
  const std::string wire = alpn_wire(alpn);
  if (!wire.empty() && SSL_CTX_set_alpn_protos(context.get(), unsigned_data(wire),
                                               static_cast<unsigned>(wire.size())) != 0) {
    return failure("offering ALPN to upstreams");
  }
  return context;
}

Result<SslPtr> make_upstream_connection(SSL_CTX* context, const std::string& host,
                                        std::uint16_t port, UpstreamSessions* sessions) {
  SslPtr ssl(SSL_new(context));
  if (!ssl || !expect_host(ssl.get(), host)) return failure("making a TLS connection to " + host);
  SSL_set_connect_state(ssl.get());
  if (sessions != nullptr && !use_sessions(ssl.get(), {sessions, host, port})) {
    return failure("preparing to resume TLS sessions with " + host);
  }
  return ssl;
}

std::string handshake_failure(const SSL* ssl) {
  std::string reason = openssl_error();
  const long verified = SSL_get_verify_result(ssl);
  if (verified == X509_V_OK) return reason;
  return std::string("the certificate does not verify: ") + X509_verify_cert_error_string(verified);
}

Result<SslCtxPtr> make_leaf_context(const Leaf& leaf, std::shared_ptr<TicketKeys> tickets,
                                    const std::vector<std::string>& alpn) {
  const std::string doing = "making the TLS context for " + leaf.host;
  SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context || !set_common(context.get(), kLeafCiphers)) return failure(doing);
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  // The chain is given; OpenSSL must not look for one with each handshake.
  SSL_CTX_set_mode(context.get(), SSL_MODE_NO_AUTO_CHAIN);
  auto settings = std::make_unique<LeafSettings>(LeafSettings{std::move(tickets), alpn_wire(alpn)});
  if (SSL_CTX_set_ex_data(context.get(), settings_index(), settings.get()) != 1) {
    return failure(doing);
  }
  (void)settings.release();  // freed with the context
  if (!alpn.empty()) SSL_CTX_set_alpn_select_cb(context.get(), on_alpn, nullptr);
  if (SSL_CTX_set1_groups_list(context.get(), kLeafGroups) != 1 || !use_leaf(context.get(), leaf) ||
      !set_tickets(context.get(), leaf)) {
    return failure(doing);
  }
  return context;
}

}  // namespace wif::tls
