// The peer of a connection under test, in the same thread: a socket pair, of which the test holds
// one end, so that what arrives when is the test's choice and nothing waits for a clock.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "tls/transport.h"

namespace wif::test {

class FarEnd {
 public:
  FarEnd(asio::io_context& io, tls::DeadlineList& deadlines) : io_(io) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
      throw std::runtime_error("no socket pair");
    }
    descriptor_ = ends[0];
    // So little fits into it that a peer which reads nothing is soon noticed.
    const int small = 4096;
    ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    tls::Socket socket(io.get_executor());
    socket.assign(asio::ip::tcp::v4(), ends[1]);
    transport_ = std::make_unique<tls::PlainTransport>(
        std::make_unique<tls::TcpConnection>(std::move(socket), deadlines), std::string());
  }
  ~FarEnd() { close(); }
  FarEnd(const FarEnd&) = delete;
  FarEnd& operator=(const FarEnd&) = delete;

  // The near end, once.
  std::unique_ptr<tls::Transport> take_transport() { return std::move(transport_); }

  // False when the near end takes no more.
  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (step() == 0) {
        return false;
      }
    }
    return true;
  }
  // Until nothing moves any more.
  void run() {
    while (step() > 0) {
    }
  }
  // Whether the near end has nothing left to do.
  bool at_rest() const { return io_.stopped(); }
  void stall(bool stalled) { stalled_ = stalled; }
  void half_close() { ::shutdown(descriptor_, SHUT_WR); }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

  std::string heard;  // all that came, until the test takes it

 private:
  std::size_t step() {
    io_.restart();
    std::size_t moved = io_.poll();
    if (stalled_ || descriptor_ < 0) return moved;
    char bytes[16384];
    for (;;) {
      const auto count = ::recv(descriptor_, bytes, sizeof bytes, 0);
      if (count <= 0) return moved;
      heard.append(bytes, static_cast<std::size_t>(count));
      ++moved;
    }
  }

  asio::io_context& io_;
  int descriptor_ = -1;
  bool stalled_ = false;
  std::unique_ptr<tls::Transport> transport_;
};

}  // namespace wif::test
