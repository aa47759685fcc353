// Clients of the proxy that send exactly the bytes of a test: over TCP, and over TLS inside a
// CONNECT.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/http.h"
#include "tests/support/test_proxy.h"

namespace wif::test {

// One answer off the wire.
struct Reply {
  int status = 0;
  std::string head;  // status line and fields, as they came
  std::string body;  // without chunk framing
  std::string trailers;
  bool complete = false;  // false: the connection ended inside it

  // Value of the first field of that name, "" where there is none.
  std::string header(std::string_view name) const;
};

// A connection that a test writes to and reads from byte by byte. Reading waits 30 s at most and
// then throws std::runtime_error.
class Client {
 public:
  virtual ~Client() = default;

  // False when the peer has closed.
  virtual bool send(std::string_view bytes) = 0;
  // Some bytes; "" at the end of the connection, orderly or not.
  virtual std::string read_some(std::size_t most = 64 * 1024) = 0;
  // No more bytes from here, the other direction stays open.
  virtual void half_close() = 0;

  // The next answer, to a request of that method. `status` is 0 where the connection ended before.
  Reply read_reply(std::string_view method = "GET");
  // send() and read_reply().
  Reply exchange(std::string_view request, std::string_view method = "GET");
  // Everything up to the end.
  std::string read_to_end();

 private:
  bool fill();
  std::optional<std::string> take_line();
  bool take(std::size_t size, std::string& out);
  bool read_chunked(Reply& reply);

  std::string buffer_;
};

class TcpClient : public Client {
 public:
  // "127.0.0.1:PORT". A small `receive_buffer` makes a reader that is soon full.
  explicit TcpClient(const std::string& address, int receive_buffer = 0);
  ~TcpClient() override;
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  bool send(std::string_view bytes) override;
  std::string read_some(std::size_t most = 64 * 1024) override;
  void half_close() override;
  // Ends the connection by a TCP reset.
  void reset();
  // Whether it was reset and not ended in order, once read_some() has returned "".
  bool was_reset() const { return was_reset_; }
  int descriptor() const { return socket_; }

 private:
  int socket_ = -1;
  bool was_reset_ = false;
};

// TLS inside a CONNECT through the proxy, whose CA is trusted and nothing else.
class TlsClient : public Client {
 public:
  struct Options {
    std::string server_name;  // SNI; "" = the host, "-" = none
    std::uint16_t port = 443;
    std::string trust;              // file of roots instead of the proxy's CA
    SSL_SESSION* resume = nullptr;  // session to offer
    int receive_buffer = 0;
    std::string protocol{};  // the one ALPN name to offer, which has to be chosen; "" = none
  };

  // Throws std::runtime_error when the CONNECT or the handshake fails.
  TlsClient(const TestProxy& proxy, const std::string& host) : TlsClient(proxy, host, Options()) {}
  TlsClient(const TestProxy& proxy, const std::string& host, const Options& options);
  ~TlsClient() override;

  bool send(std::string_view bytes) override;
  std::string read_some(std::size_t most = 64 * 1024) override;
  void half_close() override;
  void reset() { tcp_.reset(); }
  SSL* ssl() const { return ssl_.get(); }

 private:
  TcpClient tcp_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
};

// "METHOD path HTTP/1.1", Host and the given lines (each ended by CRLF), with the empty line.
std::string request_text(std::string_view method, std::string_view target, std::string_view host,
                         std::string_view more_fields = "");

// Value of the first field of that name in a message head, "" where there is none.
std::string field_of(std::string_view head, std::string_view name);

// Path of the sandbox's echo service that makes these bytes the whole answer on the wire.
std::string raw_answer_path(std::string_view answer);

}  // namespace wif::test
