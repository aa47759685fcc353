// RFC 8305: which address is tried when, and that one connection is left.
#include "http/connect_race.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <filesystem>
#include <list>

#include "tests/support/run_task.h"

namespace wif::http {
namespace {

using asio::ip::tcp;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<std::string> mixed(const std::vector<std::string>& texts) {
  std::vector<asio::ip::address> addresses;
  for (const auto& text : texts) addresses.push_back(asio::ip::make_address(text));
  std::vector<std::string> result;
  for (const auto& address : interleave(addresses)) result.push_back(address.to_string());
  return result;
}

TEST(Interleave, TakesTheFamiliesInTurnFromTheFirst) {
  using List = std::vector<std::string>;
  EXPECT_EQ(mixed({"::1", "::2", "::3", "1.1.1.1", "2.2.2.2"}),
            (List{"::1", "1.1.1.1", "::2", "2.2.2.2", "::3"}));
  EXPECT_EQ(mixed({"1.1.1.1", "2.2.2.2", "::1"}), (List{"1.1.1.1", "::1", "2.2.2.2"}));
  EXPECT_EQ(mixed({"2.2.2.2", "1.1.1.1"}), (List{"2.2.2.2", "1.1.1.1"}));
  EXPECT_EQ(mixed({}), List{});
}

class ConnectRace : public testing::Test {
 protected:
  using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

  // An address at which somebody listens.
  tcp::endpoint open(int backlog = 16) {
    Acceptor& acceptor = acceptors.emplace_back(io.get_executor());
    acceptor.open(tcp::v4());
    acceptor.bind(tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    acceptor.listen(backlog);
    return acceptor.local_endpoint();
  }
  // An address at which nobody does.
  tcp::endpoint closed() {
    const tcp::endpoint endpoint = open();
    acceptors.pop_back();
    return endpoint;
  }
  // An address that does not answer: its queue of connections is full, so it drops what comes.
  tcp::endpoint silent() {
    const tcp::endpoint endpoint = open(0);
    for (int i = 0; i < 4; ++i) {
      fillers.emplace_back(io.get_executor()).open(tcp::v4());
      fillers.back().native_non_blocking(true);
      ::connect(fillers.back().native_handle(), endpoint.data(),
                static_cast<socklen_t>(endpoint.size()));
    }
    return endpoint;
  }

  static std::string text(const tcp::endpoint& endpoint) {
    return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
  }
  // Who won, or the Proxy-Status of the failure.
  std::string race(std::vector<tcp::endpoint> endpoints, milliseconds next_attempt,
                   milliseconds limit = seconds(20)) {
    RaceTimes times;
    times.next_attempt = next_attempt;
    times.limit = limit;
    const auto won = run(io, connect_first(io.get_executor(), std::move(endpoints), times));
    if (!won) return std::string(won.error().proxy_status);
    return text(won->remote_endpoint());
  }

  asio::io_context io{1};
  std::list<Acceptor> acceptors;
  std::list<tls::Socket> fillers;
};

TEST_F(ConnectRace, FirstThatAnswersWins) {
  const auto first = open();
  EXPECT_EQ(race({first, open()}, hours(1)), text(first));
}

// With an hour between attempts, only a failure can start the next one.
TEST_F(ConnectRace, RefusalStartsTheNextAttemptAtOnce) {
  const auto last = open();
  EXPECT_EQ(race({closed(), closed(), last}, hours(1)), text(last));
}

// A family whose packets are lost costs the pause and not the time limit.
TEST_F(ConnectRace, SilenceDoesNotHoldUpTheNext) {
  const auto second = open();
  EXPECT_EQ(race({silent(), second}, milliseconds(20), hours(1)), text(second));
}

// The slow one goes on meanwhile: after a pause that is over at once, a refusal of the second is no
// reason to give up the first.
TEST_F(ConnectRace, LaterFailureDoesNotEndAnEarlierAttempt) {
  EXPECT_EQ(race({silent(), closed()}, milliseconds(1), milliseconds(400)), "connection_timeout");
}

TEST_F(ConnectRace, FailureIsThatOfTheLast) {
  EXPECT_EQ(race({closed(), closed()}, hours(1)), "connection_refused");
  EXPECT_EQ(race({silent()}, hours(1), milliseconds(100)), "connection_timeout");
}

// A loser that is left open would be a descriptor that nobody closes.
TEST_F(ConnectRace, LosersAreClosed) {
  const auto descriptors = [] {
    const std::filesystem::directory_iterator folder("/proc/self/fd");
    return std::distance(begin(folder), end(folder));
  };
  const std::vector<tcp::endpoint> endpoints{silent(), silent(), open()};
  race({endpoints[2]}, hours(1));  // whatever is made once
  const auto before = descriptors();
  race(endpoints, milliseconds(1));
  EXPECT_EQ(descriptors(), before);
}

}  // namespace
}  // namespace wif::http
