#include "proxy/client_acceptor.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "proxy/address.h"
#include "proxy/worker.h"

namespace wif::proxy {
namespace {

constexpr std::chrono::milliseconds kPause{50};  // at a limit: descriptors, connections
constexpr int kBatch = 16;  // clients that are accepted before others get their turn

}  // namespace

ClientAcceptor::ClientAcceptor(Worker& home, tls::Descriptor listening,
                               const config::Config& config, Admission& admission, Choose choose,
                               Take take)
    : home_(home),
      config_(config),
      admission_(admission),
      choose_(std::move(choose)),
      take_(std::move(take)),
      listening_(std::move(listening)) {
  watch_.emplace(tls::Poller::of(home.executor()), listening_.get(), tls::Watch::Kind::kListener);
}

Task<void> ClientAcceptor::run() {
  for (int taken = 0; !closed_; ++taken) {
    co_await watch_->wait_readable();
    if (taken % kBatch == kBatch - 1) {
      co_await tls::Poller::of(home_.executor()).next_turn();
    }
    if (closed_) break;
    const Outcome outcome = admission_.full() ? Outcome::kExhausted : accept_one();
    if (outcome == Outcome::kNone) watch_->found_empty();
    if (outcome == Outcome::kExhausted) co_await pause();
  }
}

void ClientAcceptor::close() {
  if (std::exchange(closed_, true)) return;
  watch_->give_up_reading();
  watch_.reset();
  listening_ = tls::Descriptor();
}

void ClientAcceptor::finish() {
  if (closed_) return;
  for (int i = 0; i < asio::socket_base::max_listen_connections && !admission_.full(); ++i) {
    if (accept_one() != Outcome::kTaken) break;
  }
  close();
}

Task<void> ClientAcceptor::pause() {
  asio::steady_timer timer(home_.executor(), kPause);
  co_await expiry(timer);
}

ClientAcceptor::Outcome ClientAcceptor::accept_one() {
  asio::ip::tcp::endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  tls::Descriptor socket(
      ::accept4(listening_.get(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.get() >= 0) {
    admit(std::move(socket), peer.address());
    return Outcome::kTaken;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) return Outcome::kNone;
  if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) {
    return Outcome::kTaken;  // that client is gone again
  }
  log::warn("accept_failed", {{"error", std::generic_category().message(errno)}});
  return Outcome::kExhausted;
}

void ClientAcceptor::admit(tls::Descriptor socket, const asio::ip::address& address) {
  const auto ip = to_ip_address(address);
  std::string text = ip ? ip->to_string() : address.to_string();
  const auto& cidrs = config_.allow_cidrs;
  const bool allowed = ip && std::any_of(cidrs.begin(), cidrs.end(),
                                         [&](const auto& cidr) { return cidr.contains(*ip); });
  if (!allowed && !config_.listen.unsafe) {
    log::warn("client_denied", {{"client", text}});
    return;  // closed without a byte
  }
  Worker& chosen = choose_(home_);
  auto place = admission_.enter(ip.value_or(config::IpAddress()), chosen.open_connections());
  if (!place) {
    log::warn("connection_limit", {{"client", text}});
    return;
  }
  take_(chosen,
        {std::move(socket), std::move(text), ip.value_or(config::IpAddress()), *std::move(place)});
}

}  // namespace wif::proxy
