// Names to addresses without blocking a worker: getaddrinfo (so /etc/hosts, nsswitch and search
// rules hold) on a few threads of its own. One slow name server delays only the lookups that share
// its thread. Shared by all workers; thread-safe. Must be destroyed before their io_contexts.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace wif::http {

class Resolver {
 public:
  explicit Resolver(std::size_t threads) : threads_(threads) {}

  // The addresses of `host` in the system's order of preference (RFC 6724), at least one. Called on
  // any worker; `executor` is that worker's. Errors: kUpstreamConnect with the Proxy-Status type
  // dns_error, or dns_timeout after `limit`.
  Task<Result<std::vector<asio::ip::address>>> resolve(std::string host, Executor executor,
                                                       std::chrono::milliseconds limit);

 private:
  asio::thread_pool threads_;
};

}  // namespace wif::http
