// From a name to a TCP connection: resolve, drop the addresses that may not be dialled, connect to
// the first of the checked ones that answers (never to the name again, R-4.4.1). Or by way of a
// proxy in front of us, which then does the resolving. Belongs to one worker.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "http/connect_through.h"
#include "http/resolver.h"
#include "tls/tcp.h"

namespace wif::http {

struct DialTimeouts {
  std::chrono::milliseconds dns{5'000};
  std::chrono::milliseconds connect{10'000};  // all attempts together
};

// Where to connect, and which addresses are allowed.
struct DialTarget {
  std::string host;  // a name, or an address in canonical form
  std::uint16_t port = 0;
  std::function<bool(const asio::ip::address&)> allowed;
  std::string name;               // what errors call it; empty = host
  const ProxyHop* via = nullptr;  // ask this proxy for the connection; outlives the dialling
};

class Dialer {
 public:
  Dialer(Executor executor, Resolver& resolver, tls::DeadlineList& deadlines,
         const DialTimeouts& timeouts)
      : executor_(executor), resolver_(resolver), deadlines_(deadlines), timeouts_(timeouts) {}

  // At most three addresses are tried, by http/connect_race.h. With `via` a name is not looked up,
  // so `allowed` is asked about an address only where `host` is one. Errors: kPrivateAddress when
  // none is allowed, kUpstreamConnect with its Proxy-Status type otherwise; no address is named
  //
  Task<Result<std::unique_ptr<tls::TcpConnection>>> connect(DialTarget target);

  Executor executor() const { return executor_; }

 private:
  Task<Result<std::unique_ptr<tls::TcpConnection>>> connect_directly(DialTarget target);

  Executor executor_;
  Resolver& resolver_;
  tls::DeadlineList& deadlines_;
  const DialTimeouts& timeouts_;
};

}  // namespace wif::http
