// Certificates with one thing wrong, an in-memory handshake, a clock that tests move, and a folder
// that goes away: what the tests of tls/ share.
#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "tls/certificate.h"
#include "tls/openssl.h"

namespace wif::tls::test {

using namespace std::chrono_literals;

inline SystemTime now() { return std::chrono::system_clock::now(); }

class FakeClock : public Clock {
 public:
  SteadyTime now() const override { return SteadyTime(BootClock::duration(elapsed) + 1000h); }
  SystemTime wall() const override {
    return start + std::chrono::duration_cast<SystemTime::duration>(elapsed);
  }
  void advance(std::chrono::nanoseconds time) { elapsed += time; }

 private:
  SystemTime start = std::chrono::system_clock::now();
  std::chrono::nanoseconds elapsed{0};
};

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "wif-tls-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string write(const std::string& path, const std::string& content, mode_t mode = 0600) {
  std::ofstream(path) << content;
  ::chmod(path.c_str(), mode);
  return path;
}

inline std::string read(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

inline mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777u : 0;
}

struct Issued {
  X509Ptr certificate;
  EvpPkeyPtr key;
};

// A certificate as a careless or hostile CA would make it; the defaults are those of a good one.
struct CertificateSpec {
  const Issued* issuer = nullptr;  // null = self-signed
  std::string san = "DNS:www.example";
  std::string common_name = "test";
  std::string basic = "critical,CA:FALSE";
  std::string name_constraints;
  std::chrono::seconds from = -1h;
  std::chrono::seconds until = 24h;
  const EVP_MD* digest = EVP_sha256();
  unsigned rsa_bits = 0;  // 0 = P-256

  void extend(X509* certificate, X509* signer, int nid, const std::string& value) const {
    if (value.empty()) return;
    X509V3_CTX context;
    X509V3_set_ctx(&context, signer, certificate, nullptr, nullptr, 0);
    const X509ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    ASSERT_TRUE(extension) << openssl_error();
    X509_add_ext(certificate, extension.get(), -1);
  }

  Issued issue() const {
    Issued made{X509Ptr(X509_new()),
                EvpPkeyPtr(rsa_bits != 0 ? EVP_RSA_gen(rsa_bits) : EVP_EC_gen("P-256"))};
    X509* raw = made.certificate.get();
    X509* signer = issuer != nullptr ? issuer->certificate.get() : raw;
    X509_set_version(raw, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(raw), std::rand());
    X509_gmtime_adj(X509_getm_notBefore(raw), from.count());
    X509_gmtime_adj(X509_getm_notAfter(raw), until.count());
    X509_set_pubkey(raw, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
    X509_set_issuer_name(raw, X509_get_subject_name(signer));
    extend(raw, signer, NID_basic_constraints, basic);
    extend(raw, signer, NID_subject_alt_name, san);
    extend(raw, signer, NID_name_constraints, name_constraints);
    X509_sign(raw, issuer != nullptr ? issuer->key.get() : made.key.get(), digest);
    return made;
  }
};

inline Issued make_test_ca(const std::string& constraints = "",
                           const std::string& name = "Test Root") {
  CertificateSpec spec;
  spec.san.clear();
  spec.common_name = name;
  spec.basic = "critical,CA:TRUE";
  spec.name_constraints = constraints;
  return spec.issue();
}

// OpenSSL's verdict on a server certificate under one root, as strictly as it can.
inline int verify(X509* certificate, X509* root, const std::string& host,
                  STACK_OF(X509) * between = nullptr) {
  const X509StorePtr store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), root);
  const X509StoreCtxPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), certificate, between);
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_auth_level(param, 2);
  if (!host.empty()) X509_VERIFY_PARAM_set1_host(param, host.c_str(), 0);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

// Both ends of a connection in memory, driven until neither moves.
struct Connection {
  SslPtr client;
  SslPtr server;

  Connection(SSL_CTX* client_context, SSL_CTX* server_context)
      : Connection(SslPtr(SSL_new(client_context)), server_context) {}
  Connection(SslPtr client_in, SSL_CTX* server_context)
      : client(std::move(client_in)), server(SSL_new(server_context)) {
    BIO* left = nullptr;
    BIO* right = nullptr;
    BIO_new_bio_pair(&left, 65536, &right, 65536);
    SSL_set_bio(client.get(), left, left);
    SSL_set_bio(server.get(), right, right);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());
  }

  // True when both sides are through; the client has then read its tickets.
  bool handshake() {
    ERR_clear_error();
    bool client_done = false;
    bool server_done = false;
    for (int i = 0; i < 20; ++i) {
      client_done = SSL_do_handshake(client.get()) == 1;
      server_done = SSL_do_handshake(server.get()) == 1;
      if (client_done && server_done) break;
    }
    char byte = 'x';
    if (client_done && server_done) {
      SSL_write(server.get(), &byte, 1);
      return SSL_read(client.get(), &byte, 1) == 1;
    }
    return false;
  }

  std::string alpn() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.get(), &name, &size);
    return std::string(reinterpret_cast<const char*>(name), size);
  }
  std::string version() const { return SSL_get_version(client.get()); }
  std::string cipher() const { return SSL_get_cipher_name(client.get()); }
  bool resumed() const { return SSL_session_reused(client.get()) == 1; }
};

}  // namespace wif::tls::test
