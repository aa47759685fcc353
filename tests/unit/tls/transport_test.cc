// Writing to a peer that does not read.
#include "tls/transport.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/loopback.h"
#include "tests/support/run_task.h"

namespace wif::tls {
namespace {

using namespace std::chrono_literals;

class TransportTest : public testing::Test {
 protected:
  // The connection may hold coroutines.
  ~TransportTest() override {
    transport.tcp().shutdown();
    io.restart();
    io.run();
  }

  // Writes until the kernel takes no more, and goes on when it does.
  void write_without_end() {
    spawn(io.get_executor(), store(write(), ended), [](const std::exception_ptr&) {});
    io.poll();
    ASSERT_FALSE(ended);
  }
  void pass(std::chrono::seconds time) {
    now += time;
    deadlines.sweep(now);
    io.poll();
  }

  asio::io_context io;
  DeadlineList deadlines;
  asio::ip::tcp::socket peer{io};
  PlainTransport transport{test::connect_loopback(io, deadlines, peer), {}};
  CoarseClock::time_point now = CoarseClock::now();
  std::optional<bool> ended;

 private:
  Task<bool> write() {
    const std::string bytes(64u << 10, 'x');
    bool sent = true;
    while (sent) {
      sent = co_await transport.enqueue(bytes);
      if (sent) sent = co_await transport.flush();
    }
    co_return true;
  }
};

TEST_F(TransportTest, WaitsForEverWhereThereIsNoLimit) {
  write_without_end();
  pass(24h);
  EXPECT_FALSE(ended);
}

TEST_F(TransportTest, LeavesTheConnectionItsLimitWhereThereIsNoneOfWriting) {
  transport.tcp().limit(60s);
  write_without_end();
  pass(61s);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(transport.tcp().expired());
}

TEST_F(TransportTest, WaitsNoLongerThanTheLimitOfWriting) {
  transport.limit_writing(60s);
  transport.tcp().limit(1s);
  write_without_end();
  pass(59s);
  EXPECT_FALSE(ended);
  pass(2s);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(transport.tcp().expired());
}

TEST_F(TransportTest, WhatNeedNotWaitIsNotLimited) {
  transport.limit_writing(60s);
  const auto write_a_little = [&]() -> Task<bool> {
    co_await transport.enqueue("few");
    co_return co_await transport.flush();
  };
  EXPECT_TRUE(run(io, write_a_little()));
  pass(24h);
  EXPECT_FALSE(transport.tcp().expired());
}

}  // namespace
}  // namespace wif::tls
