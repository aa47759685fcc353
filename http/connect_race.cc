#include "http/connect_race.h"

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string_view>
#include <utility>

#include "tls/event.h"
#include "tls/poller.h"

namespace wif::http {
namespace {

Error connect_error(std::string_view what, std::string_view proxy_status, int status) {
  Error error(Reason::kUpstreamConnect, std::string(what));
  error.proxy_status = proxy_status;
  error.status = status;
  return error;
}

Error error_of(boost::system::error_code failure) {
  if (failure == boost::system::errc::connection_refused) {
    return connect_error("the connection was refused", "connection_refused", 502);
  }
  if (failure == boost::system::errc::timed_out) {
    return connect_error("connecting timed out", "connection_timeout", 504);
  }
  return connect_error("the destination is not reachable", "destination_unavailable", 502);
}

// The attempts of one race. Shared with their handlers, for those of the losers come later than
// the result.
class Race : public std::enable_shared_from_this<Race> {
 public:
  explicit Race(Executor executor) : executor_(executor), event_(executor), pause_(executor) {}

  Task<Result<tls::Socket>> run(std::vector<asio::ip::tcp::endpoint> endpoints, RaceTimes times);

 private:
  void start(const asio::ip::tcp::endpoint& endpoint);
  void start_timer(asio::steady_timer& timer, std::chrono::milliseconds after, bool& over);
  void end();

  Executor executor_;
  tls::Event event_;
  asio::steady_timer pause_;  // until the next attempt
  bool pause_over_ = false;
  bool limit_over_ = false;
  bool ended_ = false;
  std::deque<tls::Socket> sockets_;  // of all attempts; stay where they are
  std::size_t running_ = 0;
  tls::Socket* winner_ = nullptr;
  boost::system::error_code failure_;  // of the last attempt that failed
};

void Race::start(const asio::ip::tcp::endpoint& endpoint) {
  tls::Socket& socket = sockets_.emplace_back(executor_);
  ++running_;
  socket.async_connect(endpoint,
                       [race = shared_from_this(), &socket](boost::system::error_code failure) {
                         if (race->ended_) return;
                         --race->running_;
                         if (!failure && race->winner_ == nullptr) race->winner_ = &socket;
                         if (failure) {
                           race->failure_ = failure;
                           race->pause_over_ = true;  // the next one need not wait
                         }
                         race->event_.notify();
                       });
}

void Race::start_timer(asio::steady_timer& timer, std::chrono::milliseconds after, bool& over) {
  over = false;
  timer.expires_after(after);
  timer.async_wait([race = shared_from_this(), &over](boost::system::error_code cancelled) {
    if (cancelled) return;
    over = true;
    race->event_.notify();
  });
}

void Race::end() {
  ended_ = true;
  pause_.cancel();
  for (tls::Socket& socket : sockets_) {
    boost::system::error_code ignored;
    socket.close(ignored);
  }
}

Task<Result<tls::Socket>> Race::run(std::vector<asio::ip::tcp::endpoint> endpoints,
                                    RaceTimes times) {
  const tls::Poller::AsioFirst asio_first(executor_);
  asio::steady_timer limit(executor_);
  start_timer(limit, times.limit, limit_over_);
  std::size_t next = 0;
  while (winner_ == nullptr && !limit_over_ && (running_ > 0 || next < endpoints.size())) {
    if (next < endpoints.size() && (running_ == 0 || pause_over_)) {
      start(endpoints[next++]);
      start_timer(pause_, times.next_attempt, pause_over_);
    }
    co_await event_.wait();
  }
  Result<tls::Socket> result =
      limit_over_ ? error_of(boost::asio::error::timed_out) : error_of(failure_);
  if (winner_ != nullptr) result = std::move(*winner_);
  end();
  co_return result;
}

}  // namespace

std::vector<asio::ip::address> interleave(const std::vector<asio::ip::address>& addresses) {
  std::deque<asio::ip::address> first;  // of the first one's family
  std::deque<asio::ip::address> second;
  for (const auto& address : addresses) {
    (address.is_v4() == addresses.front().is_v4() ? first : second).push_back(address);
  }
  std::vector<asio::ip::address> mixed;
  while (!first.empty() || !second.empty()) {
    for (auto* family : {&first, &second}) {
      if (family->empty()) continue;
      mixed.push_back(family->front());
      family->pop_front();
    }
  }
  return mixed;
}

Task<Result<tls::Socket>> connect_first(Executor executor,
                                        std::vector<asio::ip::tcp::endpoint> endpoints,
                                        RaceTimes times) {
  const auto race = std::make_shared<Race>(executor);
  co_return co_await race->run(std::move(endpoints), times);
}

}  // namespace wif::http
