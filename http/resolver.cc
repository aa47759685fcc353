#include "http/resolver.h"

#include <netdb.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <memory>
#include <utility>

#include "tls/event.h"
#include "tls/poller.h"

namespace wif::http {
namespace {

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

Addresses ask_system(const std::string& host) {
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

// One coroutine that waits. It may give up before the lookup ends, which therefore shares it.
struct Resolver::Waiter {
  explicit Waiter(Executor executor) : poller(tls::Poller::of(executor)), event(executor) {}
  tls::Poller& poller;
  // Only on the poller's thread.
  tls::Event event;
  Addresses addresses;
  bool done = false;
  bool timed_out = false;
};

Resolver::Resolver(std::size_t threads, const Clock& clock, LookUp look_up)
    : clock_(clock), look_up_(look_up ? std::move(look_up) : ask_system), threads_(threads) {}

// A fresh answer, or nothing: then the waiter will be told.
std::optional<Addresses> Resolver::find_or_join(const std::string& host,
                                                const std::shared_ptr<Waiter>& waiter) {
  const std::lock_guard lock(mutex_);
  if (const Addresses* known = cache_.find(host, clock_.now())) return *known;
  Waiters& waiters = lookups_[host];
  waiters.push_back(waiter);
  if (waiters.size() == 1) asio::post(threads_, [this, host] { look_up(host); });
  return std::nullopt;
}

// On a thread of ours.
void Resolver::look_up(const std::string& host) {
  Addresses addresses;
  try {
    addresses = look_up_(host);
  } catch (const std::exception&) {
    // Out of memory: as if there were no such name.
  }
  Waiters waiters;
  {
    const std::lock_guard lock(mutex_);
    if (!addresses.empty()) cache_.put(host, addresses, clock_.now());
    waiters = std::move(lookups_.extract(host).mapped());
  }
  for (const auto& waiter : waiters) {
    waiter->poller.post([waiter, addresses] {
      waiter->addresses = addresses;
      waiter->done = true;
      waiter->event.notify();
    });
  }
}

Task<Result<Addresses>> Resolver::resolve(std::string host, Executor executor,
                                          std::chrono::milliseconds limit) {
  const auto waiter = std::make_shared<Waiter>(executor);
  auto known = find_or_join(host, waiter);
  if (known) co_return *std::move(known);
  asio::steady_timer timer(executor, limit);
  timer.async_wait([waiter](boost::system::error_code cancelled) {
    if (cancelled) return;
    waiter->timed_out = true;
    waiter->event.notify();
  });
  while (!waiter->done && !waiter->timed_out) co_await waiter->event.wait();
  if (!waiter->addresses.empty()) co_return std::move(waiter->addresses);
  Error error(Reason::kUpstreamConnect, waiter->done ? "the name " + host + " does not resolve"
                                                     : "resolving " + host + " took too long");
  error.proxy_status = waiter->done ? "dns_error" : "dns_timeout";
  if (!waiter->done) error.status = 504;
  co_return error;
}

}  // namespace wif::http
