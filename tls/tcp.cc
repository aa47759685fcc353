#include "tls/tcp.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <utility>

#include "tls/event.h"

namespace wif::tls {

struct TcpConnection::State {
  explicit State(Socket socket_in) : socket(std::move(socket_in)), event(socket.get_executor()) {}
  Socket socket;
  Event event;
  bool watching = false;
  bool woken = false;
};

TcpConnection::TcpConnection(Socket socket, DeadlineList& deadlines)
    : state_(std::make_shared<State>(std::move(socket))),
      deadline_ends_(SHUT_RDWR),
      deadline_(deadlines, [this] { ::shutdown(descriptor(), deadline_ends_); }) {
  boost::system::error_code ignored;
  state_->socket.non_blocking(true, ignored);
  state_->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

TcpConnection::~TcpConnection() {
  boost::system::error_code ignored;
  state_->socket.close(ignored);
}

IoResult TcpConnection::read(char* out, std::size_t size) {
  for (;;) {
    const auto count = ::recv(descriptor(), out, size, 0);
    if (count > 0) {
      bytes_in_ += static_cast<std::uint64_t>(count);
      return {IoResult::State::kDone, static_cast<std::size_t>(count)};
    }
    if (count == 0) return {IoResult::State::kEof, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoResult::State::kWouldBlock, 0};
    return {IoResult::State::kFailed, 0};
  }
}

IoResult TcpConnection::peek(char* out, std::size_t size) const {
  for (;;) {
    const auto count = ::recv(descriptor(), out, size, MSG_PEEK);
    if (count > 0) return {IoResult::State::kDone, static_cast<std::size_t>(count)};
    if (count == 0) return {IoResult::State::kEof, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoResult::State::kWouldBlock, 0};
    return {IoResult::State::kFailed, 0};
  }
}

IoResult TcpConnection::write(const char* data, std::size_t size) {
  for (;;) {
    const auto count = ::send(descriptor(), data, size, MSG_NOSIGNAL);
    if (count >= 0) {
      bytes_out_ += static_cast<std::uint64_t>(count);
      return {IoResult::State::kDone, static_cast<std::size_t>(count)};
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoResult::State::kWouldBlock, 0};
    return {IoResult::State::kFailed, 0};
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

void TcpConnection::watch(const std::shared_ptr<State>& state) {
  if (state->watching) return;
  state->watching = true;
  state->socket.async_wait(Socket::wait_read, [state](boost::system::error_code) {
    state->watching = false;
    state->woken = true;
    state->event.notify();
  });
}

void TcpConnection::watch_idle() {
  state_->woken = false;  // what woke us before was read; the kernel reports anew what is there now
  watch(state_);
}

bool TcpConnection::was_woken() const { return state_->woken; }

Task<void> TcpConnection::readable() {
  const auto state = state_;
  while (!state->woken) {
    watch(state);
    co_await state->event.wait();
  }
  state->woken = false;
}

Task<bool> TcpConnection::readable_within(std::chrono::milliseconds limit) {
  const auto state = state_;
  auto expired = std::make_shared<bool>(false);
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer(state->socket.get_executor(), limit);
  timer.async_wait([state, expired](boost::system::error_code failure) {
    if (failure) return;
    *expired = true;
    state->event.notify();
  });
  while (!state->woken && !*expired) {
    watch(state);
    co_await state->event.wait();
  }
  const bool woken = std::exchange(state->woken, false);
  co_return woken;
}

Task<void> TcpConnection::writable() {
  const auto state = state_;
  co_await state->socket.async_wait(Socket::wait_write, asio::as_tuple(kUseAwaitable));
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

void TcpConnection::shutdown_read() { ::shutdown(descriptor(), SHUT_RD); }

int TcpConnection::descriptor() const { return state_->socket.native_handle(); }

std::string TcpConnection::peer_address() const {
  boost::system::error_code failure;
  const auto endpoint = state_->socket.remote_endpoint(failure);
  if (failure) return {};
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address.to_string();
}

}  // namespace wif::tls
