#include "tls/tcp.h"

#include <sys/socket.h>

#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <memory>
#include <utility>

namespace wif::tls {
namespace {

Descriptor prepare(Socket socket) {
  boost::system::error_code ignored;
  socket.native_non_blocking(true, ignored);
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  return Descriptor(socket.release());
}

}  // namespace

TcpConnection::TcpConnection(Executor executor, Descriptor connected, DeadlineList& deadlines)
    : executor_(std::move(executor)),
      watch_(Poller::of(executor_), connected.get()),
      descriptor_(std::move(connected)),
      deadline_(deadlines, [this] { ::shutdown(descriptor(), deadline_ends_); }) {}

TcpConnection::TcpConnection(Socket socket, DeadlineList& deadlines)
    : TcpConnection(Executor(socket.get_executor()), prepare(std::move(socket)), deadlines) {}

IoResult TcpConnection::receive(char* out, std::size_t size, int flags) {
  if (!watch_.readable()) return {IoResult::State::kWouldBlock, 0};
  for (;;) {
    const auto count = ::recv(descriptor(), out, size, flags);
    if (count > 0) return {IoResult::State::kDone, static_cast<std::size_t>(count)};
    if (count == 0) return {IoResult::State::kEof, 0};
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return {IoResult::State::kFailed, 0};
    watch_.found_empty();
    return {IoResult::State::kWouldBlock, 0};
  }
}

IoResult TcpConnection::read(char* out, std::size_t size) {
  const IoResult got = receive(out, size, 0);
  bytes_in_ += got.bytes;
  if (got.state == IoResult::State::kDone && got.bytes < size) watch_.found_last();
  return got;
}

IoResult TcpConnection::peek(char* out, std::size_t size) { return receive(out, size, MSG_PEEK); }

IoResult TcpConnection::write(const char* data, std::size_t size) {
  if (!watch_.writable()) return {IoResult::State::kWouldBlock, 0};
  for (;;) {
    const auto count = ::send(descriptor(), data, size, MSG_NOSIGNAL);
    if (count >= 0) {
      bytes_out_ += static_cast<std::uint64_t>(count);
      return {IoResult::State::kDone, static_cast<std::size_t>(count)};
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return {IoResult::State::kFailed, 0};
    watch_.found_full();
    return {IoResult::State::kWouldBlock, 0};
  }
}

Task<bool> TcpConnection::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const IoResult sent = write(bytes.data(), bytes.size());
    if (sent.state == IoResult::State::kWouldBlock) {
      co_await writable();
    } else if (sent.state == IoResult::State::kDone) {
      bytes.remove_prefix(sent.bytes);
    } else {
      co_return false;
    }
  }
  co_return true;
}

Task<bool> TcpConnection::readable_within(std::chrono::milliseconds limit) {
  if (watch_.readable()) co_return true;
  // The timer's handler may come after the end of this wait.
  const auto waiting = std::make_shared<Watch*>(&watch_);
  bool expired = false;
  asio::steady_timer timer(executor_, limit);
  timer.async_wait([waiting, &expired](boost::system::error_code cancelled) {
    if (cancelled || *waiting == nullptr) return;
    expired = true;
    (*waiting)->give_up_reading();
  });
  co_await watch_.wait_readable();
  *waiting = nullptr;
  co_return !expired;
}

void TcpConnection::limit_reading(std::chrono::milliseconds limit) {
  deadline_ends_ = SHUT_RD;
  deadline_.set(limit);
}

void TcpConnection::limit(std::chrono::milliseconds limit) {
  deadline_ends_ = SHUT_RDWR;
  deadline_.set(limit);
}

void TcpConnection::shutdown() { ::shutdown(descriptor(), SHUT_RDWR); }

void TcpConnection::shutdown_write() { ::shutdown(descriptor(), SHUT_WR); }

std::string TcpConnection::peer_address() const {
  asio::ip::tcp::endpoint endpoint;
  socklen_t size = static_cast<socklen_t>(endpoint.capacity());
  if (::getpeername(descriptor(), endpoint.data(), &size) != 0) return {};
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address.to_string();
}

}  // namespace wif::tls
