#include "http/dial.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "tls/event.h"

namespace wif::http {
namespace {

using Connected = Result<std::unique_ptr<tls::TcpConnection>>;
constexpr std::size_t kMaxAddresses = 3;

Error connect_error(std::string what, std::string_view proxy_status, int status) {
  Error error(Reason::kUpstreamConnect, std::move(what));
  error.proxy_status = proxy_status;
  error.status = status;
  return error;
}

}  // namespace

Task<Connected> Dialer::try_address(asio::ip::tcp::endpoint endpoint,
                                    std::chrono::milliseconds limit) {
  tls::Socket socket(executor_);
  bool expired = false;
  asio::steady_timer timer(executor_, limit);
  timer.async_wait([&socket, &expired](boost::system::error_code cancelled) {
    if (cancelled) return;
    expired = true;
    boost::system::error_code ignored;
    socket.close(ignored);
  });
  const auto [failure] =
      co_await socket.async_connect(endpoint, asio::as_tuple(tls::kUseAwaitable));
  // A handler that is queued already must not outlive these locals: let it run first.
  if (timer.cancel() == 0 && !expired) co_await asio::post(executor_, tls::kUseAwaitable);
  if (expired) co_return connect_error("connecting timed out", "connection_timeout", 504);
  if (failure == boost::system::errc::connection_refused) {
    co_return connect_error("the connection was refused", "connection_refused", 502);
  }
  if (failure) {
    co_return connect_error("the destination is not reachable", "destination_unavailable", 502);
  }
  co_return std::make_unique<tls::TcpConnection>(std::move(socket), deadlines_);
}

Task<Connected> Dialer::connect(DialTarget target) {
  const std::string& name = target.name.empty() ? target.host : target.name;
  std::vector<asio::ip::address> addresses;
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(target.host, not_literal);
  if (!not_literal) {
    addresses.push_back(literal);
  } else {
    CO_TRY(addresses, co_await resolver_.resolve(target.host, executor_, timeouts_.dns));
  }
  std::erase_if(addresses, [&](const asio::ip::address& each) { return !target.allowed(each); });
  if (addresses.empty()) {
    co_return Error(Reason::kPrivateAddress,
                    name +
                        " has no address that may be dialled; options: "
                        "upstream.private_addresses, upstream.allow_addresses");
  }
  addresses.resize(std::min(addresses.size(), kMaxAddresses));
  const auto end = tls::CoarseClock::now() + timeouts_.connect;
  Error last(Reason::kUpstreamConnect, "");
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - tls::CoarseClock::now());
    const asio::ip::tcp::endpoint endpoint(addresses[i], target.port);
    auto connected = co_await try_address(endpoint, left / static_cast<long>(addresses.size() - i));
    if (connected) co_return std::move(connected);
    last = std::move(connected).error();
  }
  co_return std::move(last).with_context("connecting to " + name);
}

}  // namespace wif::http
