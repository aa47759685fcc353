// A TLS connection over a non-blocking socket, as coroutines. OpenSSL reads and writes through a
// BIO of ours that calls recv directly and gathers what is to be sent, so a batch of records costs
// one system call and an idle connection holds no buffers (SSL_MODE_RELEASE_BUFFERS).
// asio::ssl::stream does neither. Belongs to one worker.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tls/openssl.h"
#include "tls/record_source.h"
#include "tls/transport.h"

namespace wif::tls {

// Error code where the peer speaks none of the protocols that were offered (RFC 7301 3.2).
inline constexpr std::string_view kNoCommonProtocol = "no_application_protocol";

class Stream final : public Transport {
 public:
  // The server side. `already_read` are bytes that came behind a CONNECT head or were peeked.
  // The error says how far the handshake came; alerts are sent as far as they need no waiting.
  static Task<Result<std::unique_ptr<Stream>>> accept(std::unique_ptr<TcpConnection> tcp,
                                                      SSL_CTX* context, std::string already_read);

  // The client side, on a connection of make_upstream_connection(): the certificate is verified
  // before any byte of ours is written. An error of reason kUpstreamTls says in words why not.
  static Task<Result<std::unique_ptr<Stream>>> connect(std::unique_ptr<TcpConnection> tcp,
                                                       SslPtr ssl);

  ~Stream() override;

  IoResult read(char* out, std::size_t size) override;
  bool pending() const override {
    return incoming_.pending() || SSL_has_pending(ssl_.get()) == 1 || ended();
  }
  std::size_t put(std::string_view bytes) override;
  void close_write() override;
  std::string_view alpn() const override;

  SSL* ssl() { return ssl_.get(); }
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

 private:
  friend struct StreamBio;
  Stream(std::unique_ptr<TcpConnection> tcp, SslPtr ssl, std::string already_read);
  Task<Result<void>> handshake();
  // By close_notify, which may come long before the FIN.
  bool ended() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

  SslPtr ssl_;
  RecordSource incoming_;
  bool would_block_ = false;  // why the BIO's last read gave nothing
  bool eof_ = false;
};

}  // namespace wif::tls
