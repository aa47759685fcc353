#include "http/resolver.h"

#include <netdb.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <memory>
#include <utility>

#include "tls/event.h"

namespace wif::http {
namespace {

using Addresses = std::vector<asio::ip::address>;

// One lookup, shared by the coroutine that waits and the thread that works: the coroutine may give
// up first.
struct Lookup {
  explicit Lookup(Executor executor_in) : executor(executor_in), event(executor_in) {}
  Executor executor;
  tls::Event event;
  Addresses addresses;
  bool done = false;
  bool timed_out = false;
};

asio::ip::address to_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    asio::ip::address_v4::bytes_type bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
    return asio::ip::address_v4(bytes);
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &v6->sin6_addr, 16);
  return asio::ip::address_v6(bytes, v6->sin6_scope_id);
}

Addresses look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  // A loopback-only machine has no "configured" family: then ask without that filter.
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) {
    hints.ai_flags = 0;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) return {};
  }
  Addresses addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6) {
      addresses.push_back(to_address(entry->ai_addr));
    }
  }
  ::freeaddrinfo(list);
  return addresses;
}

}  // namespace

Task<Result<Addresses>> Resolver::resolve(std::string host, Executor executor,
                                          std::chrono::milliseconds limit) {
  auto lookup = std::make_shared<Lookup>(executor);
  asio::post(threads_, [lookup, host] {
    auto addresses = look_up(host);
    asio::post(lookup->executor, [lookup, addresses = std::move(addresses)]() mutable {
      lookup->addresses = std::move(addresses);
      lookup->done = true;
      lookup->event.notify();
    });
  });
  asio::steady_timer timer(executor, limit);
  timer.async_wait([lookup](boost::system::error_code cancelled) {
    if (cancelled) return;
    lookup->timed_out = true;
    lookup->event.notify();
  });
  while (!lookup->done && !lookup->timed_out) co_await lookup->event.wait();
  if (!lookup->addresses.empty()) co_return std::move(lookup->addresses);
  Error error(Reason::kUpstreamConnect, lookup->done ? "the name " + host + " does not resolve"
                                                     : "resolving " + host + " took too long");
  error.proxy_status = lookup->done ? "dns_error" : "dns_timeout";
  if (!lookup->done) error.status = 504;
  co_return error;
}

}  // namespace wif::http
