#include "proxy/listener.h"

#include <fcntl.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "proxy/address.h"

namespace wif::proxy {
namespace {

constexpr std::chrono::milliseconds kPause{50};  // at a limit: descriptors, connections

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(asio::io_context& control,
                                                 const config::Endpoint& wanted) {
  const asio::ip::tcp::endpoint where(to_asio_address(wanted.address), wanted.port);
  Acceptor acceptor(control);
  boost::system::error_code failure;
  acceptor.open(where.protocol(), failure);
  if (!failure) acceptor.set_option(Acceptor::reuse_address(true), failure);
  // ":3128" means every address of either family.
  if (!failure && where.address().is_v6()) {
    acceptor.set_option(asio::ip::v6_only(!where.address().is_unspecified()), failure);
  }
  // What is accepted inherits it.
  if (!failure) acceptor.set_option(asio::ip::tcp::no_delay(true), failure);
  if (!failure) acceptor.bind(where, failure);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) {
    return Error(Reason::kConfiguration,
                 "cannot listen on " + wanted.to_string() + ": " + failure.message() +
                     "; is another wif-proxy running? Choose another address with --listen, "
                     "--listen-sni, --listen-metadata or --listen-admin");
  }
  config::Endpoint bound = wanted;
  bound.port = acceptor.local_endpoint(failure).port();
  return std::unique_ptr<Listener>(new Listener(std::move(acceptor), bound));
}

tls::Descriptor Listener::another_descriptor() {
  acceptor_.native_non_blocking(true);
  tls::Descriptor another(::fcntl(acceptor_.native_handle(), F_DUPFD_CLOEXEC, 0));
  if (another.get() < 0) throw std::system_error(errno, std::generic_category(), "fcntl");
  return another;
}

Task<void> Listener::accept_loop(Room room, Take take) {
  asio::steady_timer pause(acceptor_.get_executor());
  while (acceptor_.is_open()) {
    const bool has_room = room();
    boost::system::error_code failure;
    if (has_room) {
      auto [accept_failure, socket] = co_await completion<boost::system::error_code, tls::Socket>(
          [&](auto handler) { acceptor_.async_accept(std::move(handler)); });
      failure = accept_failure;
      if (!failure) take(std::move(socket));
    }
    if (failure == asio::error::operation_aborted) co_return;
    const bool exhausted = failure == asio::error::no_descriptors ||
                           failure == asio::error::no_buffer_space ||
                           failure == asio::error::no_memory;
    if (exhausted) log::warn("accept_failed", {{"error", failure.message()}});
    if (!has_room || exhausted) {
      pause.expires_after(kPause);
      co_await expiry(pause);
    }
  }
}

void Listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace wif::proxy
