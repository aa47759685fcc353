// A non-blocking TCP connection on which reading and waiting are separate, so that nobody holds a
// buffer while waiting. Belongs to one worker; not thread-safe.
#pragma once

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/task.h"
#include "tls/deadline.h"
#include "tls/descriptor.h"
#include "tls/poller.h"

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
  // Takes over a connected socket of this thread's io_context, makes it non-blocking and sets
  // TCP_NODELAY. Throws std::system_error where the kernel has no room to watch it.
  TcpConnection(Socket socket, DeadlineList& deadlines);
  // The same for one that is non-blocking and has TCP_NODELAY already.
  TcpConnection(Executor executor, Descriptor connected, DeadlineList& deadlines);
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  // One system call at most, never waits. Less than `size` means that there is no more now.
  IoResult read(char* out, std::size_t size);
  IoResult write(const char* data, std::size_t size);
  // read() that leaves the bytes to be read again.
  IoResult peek(char* out, std::size_t size);

  // All of it, waiting where the peer is slow. False: the peer is gone.
  Task<bool> write_all(std::string_view bytes);

  // To be awaited: until a read or write may get further: bytes, end, failure or shutdown(). Each
  // by one coroutine at a time.
  auto readable() { return watch_.wait_readable(); }
  auto writable() { return watch_.wait_writable(); }
  // The same for at most `limit`; false when that time passed. Costs a timer: not for the hot path.
  Task<bool> readable_within(std::chrono::milliseconds limit);

  // Resumes who awaits readable(), from the loop, although there may be nothing.
  void stop_waiting() { watch_.give_up_reading(); }

  // For a connection that nobody reads: has_news() tells whether anything came since. A pooled
  // connection on which something came is not usable any more.
  void watch_idle() { watch_.keep_looking(); }
  bool has_news() const { return watch_.readable(); }

  // Ends both directions at once; every waiter resumes. Idempotent.
  void shutdown();
  // Sends FIN; reading goes on.
  void shutdown_write();
  // Replace each other; zero = no limit. When the time is over, the first ends only reading, so
  // that an answer can still be written; the second ends both directions. Then expired() is true.
  void limit_reading(std::chrono::milliseconds limit);
  void limit(std::chrono::milliseconds limit);
  bool expired() const { return deadline_.expired(); }
  Executor executor() const { return executor_; }
  int descriptor() const { return descriptor_.get(); }
  // "192.0.2.1" of the peer, without port; empty when unknown.
  std::string peer_address() const;
  std::uint64_t bytes_in() const { return bytes_in_; }
  std::uint64_t bytes_out() const { return bytes_out_; }

 private:
  IoResult receive(char* out, std::size_t size, int flags);

  Executor executor_;
  Watch watch_;
  Descriptor descriptor_;
  int deadline_ends_ = SHUT_RDWR;
  Deadline deadline_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
};

}  // namespace wif::tls
