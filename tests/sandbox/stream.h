// The bytes of one accepted connection, plain or TLS. Blocking; used by one thread, except that
// the server may shut the socket down from outside to wake that thread.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/sandbox/http.h"

namespace sandbox {

// The connection broke; nothing more can be sent on it.
class ConnectionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using TlsContext = std::shared_ptr<SSL_CTX>;

// Server context: TLS 1.2 and 1.3, session tickets, ALPN by identity.protocols.
TlsContext make_tls_context(const TlsIdentity& identity);

class Stream {
 public:
  // Does not own `fd`. With `tls` the handshake happens here; throws ConnectionError if it fails.
  Stream(int fd, const TlsContext& tls);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Up to `size` bytes; 0 = the peer has ended its side.
  std::size_t read(char* out, std::size_t size);
  void write(std::string_view bytes);
  // Waits for `time` (nullopt: for ever) or until the connection is dead. With `half_closed` the
  // peer's end of sending counts as dead.
  void wait(std::optional<std::chrono::milliseconds> time, bool half_closed);
  // Ends our side, then reads for a moment what the peer still sends: closing a socket with unread
  // bytes resets it, and the peer would lose the answer.
  void end_gently();
  // Makes the later close of the socket a TCP reset.
  void reset_on_close();
  // SNI the client sent, "" without.
  const std::string& server_name() const { return server_name_; }
  // Whether ALPN chose h2.
  bool is_http2() const;
  // Whether bytes were received that read() would give at once.
  bool pending() const { return ssl_ != nullptr && SSL_has_pending(ssl_) == 1; }
  int descriptor() const { return fd_; }

 private:
  int fd_;
  SSL* ssl_ = nullptr;
  std::string server_name_;
};

}  // namespace sandbox
