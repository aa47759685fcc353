// A byte stream to one peer, plain or TLS: what the HTTP codecs read from and write to.
// Waiting and reading are separate, writing is gathered and sent at once. Belongs to one worker.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "tls/already_read.h"
#include "tls/block.h"
#include "tls/tcp.h"

namespace wif::tls {

class Transport {
 public:
  explicit Transport(std::unique_ptr<TcpConnection> tcp) : tcp_(std::move(tcp)) {}
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Fills as much of `out` as is there now; never waits.
  virtual IoResult read(char* out, std::size_t size) = 0;

  // Whether read() may give bytes that were received before.
  virtual bool pending() const = 0;

  // Appends to the batch as much as fits (encrypted on a TLS stream) and returns how much that was;
  // then flush() makes room. At least kBlockBytes fit into an empty batch.
  virtual std::size_t put(std::string_view bytes) = 0;

  // Sends the batch; returns when the kernel has taken it. False when the peer is gone.
  Task<bool> flush();
  // How long it may take where it has to wait: then it limits the connection, and leaves that so.
  // Zero, as in the beginning: as long as the connection's limits let it.
  void limit_writing(std::chrono::milliseconds limit) { write_limit_ = limit; }
  // put(), with flush() only where the batch is full.
  Task<bool> enqueue(std::string_view bytes);

  // Reads and drops what the peer still sends: `limit` bytes of it, until it ends or the time is
  // over. Closing with bytes unread would reset the connection, and with it what we sent last.
  Task<void> drop_incoming(std::size_t limit, std::chrono::milliseconds within);

  // Says goodbye (close_notify, FIN) as far as that needs no waiting; reading may go on.
  virtual void close_write() = 0;

  // Protocol chosen by ALPN; "" where there was none.
  virtual std::string_view alpn() const { return {}; }

  auto readable() { return tcp_->readable(); }
  TcpConnection& tcp() { return *tcp_; }
  // Gives up the connection, for what goes on with it in another form.
  std::unique_ptr<TcpConnection> release() { return std::move(tcp_); }

 protected:
  // Bytes on their way to the kernel.
  std::size_t room() const { return batch_ ? sizeof(batch_->data) - batch_end_ : sizeof(Block); }
  void append(std::string_view bytes);
  // From now on flush() says false: something that was to be sent is lost.
  void mark_broken() { broken_ = true; }

  std::unique_ptr<TcpConnection> tcp_;

 private:
  BlockPtr batch_;  // held only while it has bytes
  std::size_t batch_begin_ = 0;
  std::size_t batch_end_ = 0;
  std::chrono::milliseconds write_limit_{0};
  bool broken_ = false;
};

// Bytes as they are.
class PlainTransport final : public Transport {
 public:
  // `already_read` are bytes that were read from the connection before.
  PlainTransport(std::unique_ptr<TcpConnection> tcp, std::string already_read)
      : Transport(std::move(tcp)), already_read_(std::move(already_read)) {}

  IoResult read(char* out, std::size_t size) override;
  bool pending() const override { return !already_read_.empty(); }
  std::size_t put(std::string_view bytes) override;
  void close_write() override { tcp_->shutdown_write(); }

 private:
  AlreadyRead already_read_;
};

}  // namespace wif::tls
