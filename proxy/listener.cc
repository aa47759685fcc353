#include "proxy/listener.h"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
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

Task<void> Listener::accept_loop(Place place, Take take) {
  asio::steady_timer pause(acceptor_.get_executor());
  while (acceptor_.is_open()) {
    asio::io_context* home = place();
    boost::system::error_code failure;
    if (home != nullptr) {
      auto [accept_failure, socket] = co_await completion<boost::system::error_code, tls::Socket>(
          [&](auto handler) { acceptor_.async_accept(home->get_executor(), std::move(handler)); });
      failure = accept_failure;
      if (!failure) take(std::move(socket));
    }
    if (failure == asio::error::operation_aborted) co_return;
    const bool exhausted = failure == asio::error::no_descriptors ||
                           failure == asio::error::no_buffer_space ||
                           failure == asio::error::no_memory;
    if (exhausted) log::warn("accept_failed", {{"error", failure.message()}});
    if (home == nullptr || exhausted) {
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
