#include "tests/sandbox/stream.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <vector>

namespace sandbox {
namespace {

constexpr std::size_t kTlsReadBuffer = 64 * 1024;

// The first of ours that the client offers too.
int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned int offered_size, void* ours) {
  for (const std::string& wanted : *static_cast<const std::vector<std::string>*>(ours)) {
    for (unsigned int i = 0; i < offered_size; i += 1u + offered[i]) {
      const std::string_view name(reinterpret_cast<const char*>(offered + i + 1), offered[i]);
      if (name != wanted) continue;
      *out = offered + i + 1;
      *out_size = offered[i];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void load_identity(SSL_CTX* context, const TlsIdentity& identity) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(identity.certificate_pem.data(),
                      static_cast<int>(identity.certificate_pem.size())),
      BIO_free);
  bool leaf = true;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    if (leaf) {
      SSL_CTX_use_certificate(context, certificate);
    } else {
      SSL_CTX_add1_chain_cert(context, certificate);
    }
    X509_free(certificate);
    leaf = false;
  }
  ERR_clear_error();  // the loop ends with "no start line"
  bio.reset(BIO_new_mem_buf(identity.private_key_pem.data(),
                            static_cast<int>(identity.private_key_pem.size())));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr);
  const bool fits = key != nullptr && SSL_CTX_use_PrivateKey(context, key) == 1 &&
                    SSL_CTX_check_private_key(context) == 1;
  EVP_PKEY_free(key);
  if (!fits) throw std::runtime_error("certificate and key of a listener do not fit");
}

}  // namespace

TlsContext make_tls_context(const TlsIdentity& identity) {
  auto protocols = std::make_shared<std::vector<std::string>>(identity.protocols);
  TlsContext context(SSL_CTX_new(TLS_server_method()),
                     [protocols](SSL_CTX* made) { SSL_CTX_free(made); });
  if (!context) throw std::runtime_error("SSL_CTX_new failed");
  // Level 0 lets this server present the weak certificates that a client has to refuse.
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(),
                                identity.only_tls_1_1 ? TLS1_1_VERSION : TLS1_2_VERSION);
  if (identity.only_tls_1_1) SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_alpn, protocols.get());
  constexpr unsigned char kSessionContext[] = "sandbox";
  SSL_CTX_set_session_id_context(context.get(), kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_default_read_buffer_len(context.get(), kTlsReadBuffer);
  load_identity(context.get(), identity);
  return context;
}

Stream::Stream(int fd, const TlsContext& tls) : fd_(fd) {
  if (!tls) return;
  ERR_clear_error();
  ssl_ = SSL_new(tls.get());
  SSL_set_fd(ssl_, fd);
  if (SSL_accept(ssl_) != 1) {
    SSL_free(ssl_);
    throw ConnectionError("TLS handshake failed");
  }
  if (const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name)) server_name_ = name;
}

Stream::~Stream() { SSL_free(ssl_); }

bool Stream::is_http2() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  if (ssl_ != nullptr) SSL_get0_alpn_selected(ssl_, &name, &size);
  return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
}

std::size_t Stream::read(char* out, std::size_t size) {
  const std::size_t wanted =
      std::min<std::size_t>(size, static_cast<std::size_t>(std::numeric_limits<int>::max()));
  if (ssl_ != nullptr) {
    ERR_clear_error();
    const int count = SSL_read(ssl_, out, static_cast<int>(wanted));
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  for (;;) {
    const ssize_t count = ::recv(fd_, out, wanted, 0);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == ECONNRESET || errno == ENOTCONN) return 0;
    if (errno != EINTR) throw ConnectionError("reading failed");
  }
}

void Stream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    if (ssl_ != nullptr) {
      ERR_clear_error();
      if (SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent) != 1) {
        throw ConnectionError("the peer is gone");
      }
    } else {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw ConnectionError("the peer is gone");
      sent = static_cast<std::size_t>(count);
    }
    bytes.remove_prefix(sent);
  }
}

void Stream::wait(std::optional<std::chrono::milliseconds> time, bool half_closed) {
  const auto end = std::chrono::steady_clock::now() + time.value_or(std::chrono::hours(24 * 365));
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return;
    pollfd item{fd_, static_cast<short>(half_closed ? POLLRDHUP : 0), 0};
    const int longest = 60'000;
    if (::poll(&item, 1, static_cast<int>(std::min<std::int64_t>(left.count(), longest))) > 0) {
      throw ConnectionError("the peer is gone");
    }
  }
}

void Stream::end_gently() {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
  }
  ::shutdown(fd_, SHUT_WR);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  std::string scrap(kTlsReadBuffer, '\0');
  while (std::chrono::steady_clock::now() < end) {
    pollfd item{fd_, POLLIN, 0};
    if (::poll(&item, 1, 100) > 0 && ::recv(fd_, scrap.data(), scrap.size(), 0) <= 0) return;
  }
}

void Stream::reset_on_close() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace sandbox
