#include "tls/stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <new>
#include <utility>

#include "tls/contexts.h"

namespace wif::tls {

// The BIO's callbacks. Static functions with OpenSSL's signatures; `BIO_get_data` is the Stream.
struct StreamBio {
  static Stream& stream(BIO* bio) { return *static_cast<Stream*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* out, std::size_t size, std::size_t* count) {
    Stream& self = stream(bio);
    BIO_clear_retry_flags(bio);
    const IoResult result = self.incoming_.read(*self.tcp_, out, size);
    *count = result.bytes;
    switch (result.state) {
      case IoResult::State::kDone: return 1;
      case IoResult::State::kWouldBlock:
        self.would_block_ = true;
        BIO_set_retry_read(bio);
        return 0;
      case IoResult::State::kEof: self.eof_ = true; return 0;
      case IoResult::State::kFailed: return 0;
    }
    return 0;
  }

  // Takes everything that fits: put() never gives OpenSSL more plaintext than the batch has room
  // for, so only control records of a peer that does not read can fail here.
  static int write(BIO* bio, const char* data, std::size_t size, std::size_t* count) {
    Stream& self = stream(bio);
    BIO_clear_retry_flags(bio);
    if (size > self.room()) return 0;
    self.append({data, size});
    *count = size;
    return 1;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* fresh = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "wif-proxy");
      if (fresh == nullptr) throw std::bad_alloc();
      BIO_meth_set_read_ex(fresh, read);
      BIO_meth_set_write_ex(fresh, write);
      BIO_meth_set_ctrl(fresh, control);
      return fresh;
    }();
    return made;
  }
};

namespace {

// SSL_get_error() looks into the queue, so errors of before must not be in it. ERR_clear_error()
// goes through all of it also when it is empty.
void forget_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

constexpr std::size_t kMaxRecordBytes = 16u << 10;
constexpr std::size_t kMaxRecordOverhead = 64;  // header, nonce, tag; 22 in TLS 1.3
constexpr std::size_t kControlReserve = 512;    // alerts and key updates must always fit

}  // namespace

Stream::Stream(std::unique_ptr<TcpConnection> tcp, SslPtr ssl, std::string already_read)
    : Transport(std::move(tcp)), ssl_(std::move(ssl)), incoming_(std::move(already_read)) {
  if (!ssl_) throw std::bad_alloc();
  BIO* bio = BIO_new(StreamBio::method());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
}

Stream::~Stream() = default;

Task<Result<void>> Stream::handshake() {
  for (;;) {
    forget_errors();
    would_block_ = false;
    const int done = SSL_do_handshake(ssl_.get());
    const int why = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
    const bool wants_more = why == SSL_ERROR_WANT_READ;
    const bool no_protocol =
        done != 1 && ERR_GET_REASON(ERR_peek_error()) == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL;
    const std::string reason = done == 1 || wants_more ? "" : handshake_failure(ssl_.get());
    const bool sent = co_await flush();  // also the alert that tells the peer why
    if (done == 1 && sent) co_return Result<void>();
    if (tcp_->expired())
      co_return Error(Reason::kUpstreamTimeout, "the TLS handshake took too long");
    if (eof_ || !sent || why == SSL_ERROR_SYSCALL) {
      co_return Error(Reason::kClientGone,
                      "the peer closed the connection during the TLS handshake");
    }
    if (!wants_more) {
      Error error(Reason::kUpstreamTls, reason);
      if (no_protocol) error.code = kNoCommonProtocol;
      co_return error;
    }
    co_await tcp_->readable();
  }
}

Task<Result<std::unique_ptr<Stream>>> Stream::accept(std::unique_ptr<TcpConnection> tcp,
                                                     SSL_CTX* context, std::string already_read) {
  std::unique_ptr<Stream> stream(
      new Stream(std::move(tcp), SslPtr(SSL_new(context)), std::move(already_read)));
  SSL_set_accept_state(stream->ssl_.get());
  auto done = co_await stream->handshake();
  if (!done) co_return std::move(done).error();
  co_return std::move(stream);
}

Task<Result<std::unique_ptr<Stream>>> Stream::connect(std::unique_ptr<TcpConnection> tcp,
                                                      SslPtr ssl) {
  std::unique_ptr<Stream> stream(new Stream(std::move(tcp), std::move(ssl), {}));
  SSL_set_connect_state(stream->ssl_.get());
  auto done = co_await stream->handshake();
  if (done) co_return std::move(stream);
  Error error = std::move(done).error();
  if (SSL_get_verify_result(stream->ssl_.get()) != X509_V_OK) {
    error.reason = Reason::kUpstreamTls;
    error.proxy_status = "tls_certificate_error";
  }
  co_return error;
}

IoResult Stream::read(char* out, std::size_t size) {
  std::size_t total = 0;
  while (total < size) {
    forget_errors();
    would_block_ = false;
    std::size_t count = 0;
    if (SSL_read_ex(ssl_.get(), out + total, size - total, &count) == 1) {
      total += count;
      // Asked once more, OpenSSL would take a buffer only to find that there is nothing.
      if (!pending() && !tcp_->has_news()) break;
      continue;
    }
    if (total > 0) break;  // the reason comes again with the next read
    const int why = SSL_get_error(ssl_.get(), 0);
    if (why == SSL_ERROR_WANT_READ && would_block_) return {IoResult::State::kWouldBlock, 0};
    if (why == SSL_ERROR_ZERO_RETURN) return {IoResult::State::kEof, 0};
    return {IoResult::State::kFailed, 0};  // also an end without close_notify: a cut, not an end
  }
  return {IoResult::State::kDone, total};
}

std::size_t Stream::put(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const std::size_t record = std::min(bytes.size() - taken, kMaxRecordBytes);
    if (record + kMaxRecordOverhead + kControlReserve > room()) break;
    std::size_t count = 0;
    if (SSL_write_ex(ssl_.get(), bytes.data() + taken, record, &count) != 1) {
      mark_broken();
      break;
    }
    taken += count;
  }
  return taken;
}

void Stream::close_write() {
  forget_errors();
  if (SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
}

std::string_view Stream::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace wif::tls
