// A non-blocking TCP connection on which reading and waiting are separate, so that nobody holds a
// buffer while waiting. One readiness wait is outstanding at most: it serves the reader, and on a
// pooled connection it tells that the peer closed. Belongs to one worker; not thread-safe.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/task.h"
#include "tls/deadline.h"

namespace wif::tls {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

// What one attempt to read or write gave.
struct IoResult {
  enum class State { kDone, kWouldBlock, kEof, kFailed };
  State state = State::kFailed;
  std::size_t bytes = 0;
};

class TcpConnection {
 public:
  // Takes over a connected socket, makes it non-blocking and sets TCP_NODELAY.
  TcpConnection(Socket socket, DeadlineList& deadlines);
  ~TcpConnection();
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  // One system call each, never waits.
  IoResult read(char* out, std::size_t size);
  IoResult write(const char* data, std::size_t size);
  // read() that leaves the bytes to be read again.
  IoResult peek(char* out, std::size_t size) const;

  // All of it, waiting where the peer is slow. False: the peer is gone.
  Task<bool> write_all(std::string_view bytes);

  // Resume when a read or write may get further: bytes, end, failure or shutdown().
  Task<void> readable();
  Task<void> writable();
  // The same for at most `limit`; false when that time passed. Costs a timer: not for the hot path.
  Task<bool> readable_within(std::chrono::milliseconds limit);

  // For a connection that nobody reads: watches it without waiting; was_woken() tells whether
  // anything happened since. A pooled connection that was woken is not usable any more.
  void watch_idle();
  bool was_woken() const;

  // Ends both directions at once; every waiter resumes. Idempotent.
  void shutdown();
  // Sends FIN; reading goes on.
  void shutdown_write();
  // Whoever reads finds the end; writing goes on.
  void shutdown_read();
  // Replace each other; zero = no limit. When the time is over, the first ends only reading, so
  // that an answer can still be written; the second ends both directions. Then expired() is true.
  void limit_reading(std::chrono::milliseconds limit);
  void limit(std::chrono::milliseconds limit);
  bool expired() const { return deadline_.expired(); }
  int descriptor() const;
  // "192.0.2.1" of the peer, without port; empty when unknown.
  std::string peer_address() const;
  std::uint64_t bytes_in() const { return bytes_in_; }
  std::uint64_t bytes_out() const { return bytes_out_; }

 private:
  struct State;
  static void watch(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  // outlives this object while a wait is outstanding
  int deadline_ends_;
  Deadline deadline_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
};

}  // namespace wif::tls
