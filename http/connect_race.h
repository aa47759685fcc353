// Happy Eyeballs (RFC 8305): a connection to the first of several addresses that answers, so that
// one which is broken, mostly a whole family of them, costs a quarter of a second and no time-out.
// Belongs to one worker.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "tls/tcp.h"

namespace wif::http {

struct RaceTimes {
  std::chrono::milliseconds next_attempt{250};  // RFC 8305 section 8
  std::chrono::milliseconds limit{10'000};      // for all attempts together
};

// The families in turn, beginning with that of the first address; within a family the order stays
// (RFC 8305 section 4).
std::vector<asio::ip::address> interleave(const std::vector<asio::ip::address>& addresses);

// Tries the endpoints in their order: the next one `next_attempt` after the last, or at once when
// one fails. The first connection wins and the other attempts are closed. Errors: kUpstreamConnect
// with its Proxy-Status type, of the last failure or of the time limit; no address is named
//
Task<Result<tls::Socket>> connect_first(Executor executor,
                                        std::vector<asio::ip::tcp::endpoint> endpoints,
                                        RaceTimes times);

}  // namespace wif::http
