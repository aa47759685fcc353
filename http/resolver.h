// Names to addresses without blocking a worker: getaddrinfo (so /etc/hosts, nsswitch and search
// rules hold) on a few threads of its own. One slow name server delays only the lookups that share
// its thread. Whoever asks for the same name at the same time shares one lookup, and its answer is
// kept for a few seconds (http/dns_cache.h). Shared by all workers; thread-safe. Must be destroyed
// before their io_contexts.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "http/dns_cache.h"

namespace wif::http {

class Resolver {
 public:
  // Asks the name service; blocks, and is called on several threads. Empty = no such name.
  using LookUp = std::function<Addresses(const std::string& host)>;

  // `clock` outlives it. Without `look_up`: getaddrinfo.
  Resolver(std::size_t threads, const Clock& clock, LookUp look_up = nullptr);

  // The addresses of `host` in the system's order of preference (RFC 6724), at least one. They may
  // be some seconds old: which of them may be dialled is the caller's to decide each time
  // . Called on any worker; `executor` is that worker's. Errors: kUpstreamConnect with the
  // Proxy-Status type dns_error, or dns_timeout after `limit`.
  Task<Result<Addresses>> resolve(std::string host, Executor executor,
                                  std::chrono::milliseconds limit);

 private:
  struct Waiter;
  using Waiters = std::vector<std::shared_ptr<Waiter>>;

  std::optional<Addresses> find_or_join(const std::string& host,
                                        const std::shared_ptr<Waiter>& waiter);
  void look_up(const std::string& host);

  const Clock& clock_;
  const LookUp look_up_;
  std::mutex mutex_;  // of the cache and the lookups
  DnsCache cache_;
  std::map<std::string, Waiters> lookups_;  // under way, by name
  asio::thread_pool threads_;               // last, so that it ends first: it uses all of the above
};

}  // namespace wif::http
