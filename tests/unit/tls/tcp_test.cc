#include "tls/tcp.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>

#include "base/ready_queue.h"
#include "tests/support/loopback.h"
#include "tests/support/run_task.h"

namespace wif::tls {
namespace {

using State = IoResult::State;
using asio::ip::tcp;

// A connection of ours and the plain socket at its other end.
class TcpTest : public testing::Test {
 protected:
  void send(std::string_view bytes) { asio::write(peer, asio::buffer(bytes)); }

  // Waits, then reads once.
  Task<std::string> wait_and_read(std::size_t size) {
    co_await connection->readable();
    std::string bytes(size, '\0');
    const IoResult got = connection->read(bytes.data(), size);
    if (got.state == State::kEof) co_return "EOF";
    if (got.state == State::kFailed) co_return "FAILED";
    bytes.resize(got.bytes);
    co_return bytes;
  }

  Task<bool> readable_within(int milliseconds) {
    return connection->readable_within(std::chrono::milliseconds(milliseconds));
  }

  // Leaves the connection alone for a moment; closes it if nothing came.
  Task<bool> something_came() {
    connection->watch_idle();
    asio::steady_timer timer(io, std::chrono::milliseconds(20));
    co_await expiry(timer);
    const bool news = connection->has_news();
    if (!news) connection.reset();  // else it would keep the loop running
    co_return news;
  }

  asio::io_context io;
  DeadlineList deadlines;
  tcp::socket peer{io};
  std::unique_ptr<TcpConnection> connection = test::connect_loopback(io, deadlines, peer);
};

TEST_F(TcpTest, ReadsWhatCameBeforeItWaited) {
  send("early");
  EXPECT_EQ(run(io, wait_and_read(100)), "early");
}

TEST_F(TcpTest, ReadsInPieces) {
  send("abcdef");
  EXPECT_EQ(run(io, wait_and_read(2)), "ab");
  EXPECT_EQ(run(io, wait_and_read(2)), "cd");
  EXPECT_EQ(run(io, wait_and_read(100)), "ef");
  char byte = 0;
  EXPECT_EQ(connection->read(&byte, 1).state, State::kWouldBlock);
  send("gh");
  EXPECT_EQ(run(io, wait_and_read(100)), "gh");
}

// The end comes in the same event as the bytes before it.
TEST_F(TcpTest, SeesTheEndBehindTheLastBytes) {
  send("last");
  peer.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(run(io, wait_and_read(100)), "last");
  EXPECT_EQ(run(io, wait_and_read(100)), "EOF");
  EXPECT_EQ(run(io, wait_and_read(100)), "EOF");
}

TEST_F(TcpTest, ShutdownOfOurOwnWakesTheReader) {
  asio::post(io, [this] { connection->shutdown(); });
  EXPECT_EQ(run(io, wait_and_read(100)), "EOF");
}

TEST_F(TcpTest, ResetWakesTheReader) {
  peer.set_option(asio::socket_base::linger(true, 0));
  asio::post(io, [this] { peer.close(); });
  EXPECT_EQ(run(io, wait_and_read(100)), "FAILED");
}

TEST_F(TcpTest, WritesMoreThanTheKernelTakesAtOnce) {
  const std::string much(16u << 20, 'x');
  std::string got(much.size(), '\0');
  asio::async_read(peer, asio::buffer(got), [](boost::system::error_code, std::size_t) {});
  EXPECT_TRUE(run(io, connection->write_all(much)));
  EXPECT_EQ(got, much);
}

TEST_F(TcpTest, WriterIsWokenWhenThePeerGoes) {
  const std::string much(64u << 20, 'x');
  asio::steady_timer timer(io, std::chrono::milliseconds(20));
  timer.async_wait([this](boost::system::error_code) { peer.close(); });
  EXPECT_FALSE(run(io, connection->write_all(much)));
}

TEST_F(TcpTest, WaitsForALimitedTime) {
  EXPECT_FALSE(run(io, readable_within(1)));
  asio::post(io, [this] { send("now"); });
  EXPECT_TRUE(run(io, readable_within(60'000)));
  EXPECT_EQ(run(io, wait_and_read(100)), "now");
}

TEST_F(TcpTest, IdleConnectionTellsThatSomethingCame) {
  send("?");
  EXPECT_TRUE(run(io, something_came()));
  EXPECT_EQ(run(io, wait_and_read(100)), "?");
  EXPECT_FALSE(run(io, something_came()));
}

// Whoever is resumed first may close the other's connection, of which there is an event as well.
TEST_F(TcpTest, ConnectionMayGoWhileItsEventIsUnderWay) {
  tcp::socket other_peer(io);
  auto other = test::connect_loopback(io, deadlines, other_peer);
  other->watch_idle();
  send("a");
  asio::write(other_peer, asio::buffer("b", 1));
  const auto close_other = [&]() -> Task<bool> {
    co_await connection->readable();
    other.reset();
    co_return true;
  };
  EXPECT_TRUE(run(io, close_other()));
}

// A coroutine that waits when the loop ends is destroyed, and what it owns is closed.
TEST(Tcp, EndOfTheLoopClosesWhatWaits) {
  asio::io_context outside;
  tcp::socket peer(outside);
  DeadlineList deadlines;
  {
    asio::io_context io;
    const auto own = [](std::unique_ptr<TcpConnection> owned) -> Task<> {
      co_await owned->readable();
    };
    spawn(io.get_executor(), own(test::connect_loopback(io, deadlines, peer)),
          [](const std::exception_ptr&) {});
    io.poll();
  }
  char byte = 0;
  boost::system::error_code failure;
  peer.read_some(asio::buffer(&byte, 1), failure);
  EXPECT_EQ(failure, asio::error::eof);
  EXPECT_TRUE(deadlines.empty());
}

}  // namespace
}  // namespace wif::tls
