// Who waits for whom: the io_context for the poller, and the poller by itself.
#include "tls/poller.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/support/run_task.h"
#include "tests/support/yield.h"
#include "tls/descriptor.h"

namespace wif::tls {
namespace {

using std::chrono::milliseconds;

// A pair of connected sockets, of which the poller watches one. With an hour of patience, what it
// does not wait for never comes.
class PollerTest : public testing::Test {
 protected:
  PollerTest() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw std::runtime_error("no socket pair");
    }
    near = Descriptor(ends[0]);
    far = Descriptor(ends[1]);
    watch.emplace(poller, near.get());
    poller.wait_by_itself(std::chrono::hours(1));
  }
  void send() { EXPECT_EQ(::send(far.get(), "x", 1, 0), 1); }
  Task<> receive() {
    co_await watch->wait_readable();
    std::array<char, 16> bytes{};
    EXPECT_EQ(::recv(near.get(), bytes.data(), bytes.size(), 0), 1);
    watch->found_empty();
  }
  // After this it is at the second byte of a quick series, and so waits by itself.
  Task<> receive_two() {
    send();
    co_await receive();
    send();
    co_await receive();
  }
  void serve_to_the_end(Task<> serving) {
    const auto ends = [](Task<> task) -> Task<bool> {
      co_await task;
      co_return true;
    };
    EXPECT_TRUE(run(io, ends(std::move(serving))));
  }

  asio::io_context io{1};
  Poller& poller = Poller::of(io.get_executor());
  Descriptor near;
  Descriptor far;
  std::optional<Watch> watch;
};

TEST_F(PollerTest, WhatAnotherThreadPostsInterruptsIt) {
  std::jthread other;
  const auto serve = [this, &other]() -> Task<> {
    co_await receive_two();
    other = std::jthread([this] {
      std::this_thread::sleep_for(milliseconds(20));  // so that it mostly waits by then
      poller.post([this] { send(); });
    });
    co_await receive();
  };
  serve_to_the_end(serve());
}

TEST_F(PollerTest, DoesNotWaitForWhatWasPostedBefore) {
  const auto serve = [this]() -> Task<> {
    co_await receive_two();
    poller.post([this] { send(); });
    co_await receive();
  };
  serve_to_the_end(serve());
}

TEST_F(PollerTest, LeavesTheWaitingToAsioWhereAsked) {
  const auto serve = [this]() -> Task<> {
    co_await receive_two();
    const Poller::AsioFirst asio_first(io.get_executor());
    asio::steady_timer timer(io, milliseconds(1));
    timer.async_wait([this](boost::system::error_code) { send(); });
    co_await receive();
  };
  serve_to_the_end(serve());
}

TEST_F(PollerTest, AsioHasItsTurnHoweverMuchComes) {
  bool over = false;
  asio::steady_timer timer(io, milliseconds(1));
  timer.async_wait([&over](boost::system::error_code) { over = true; });
  const auto serve = [this, &over]() -> Task<> {
    while (!over) co_await receive_two();
  };
  serve_to_the_end(serve());
}

TEST_F(PollerTest, DoesNotWaitWhileACoroutineCanGoOn) {
  ReadyQueue& ready = ReadyQueue::of(io.get_executor());
  const auto yield_often = [&]() -> Task<> {
    for (int i = 0; i < 1000; ++i) co_await Yield{ready};
    send();
  };
  const auto serve = [&]() -> Task<> {
    co_await receive_two();
    spawn(ready, yield_often(), [](const std::exception_ptr&) {});
    co_await receive();
  };
  serve_to_the_end(serve());
}

TEST_F(PollerTest, LoopEndsWhereNobodyWaits) {
  const auto serve = [this]() -> Task<> {
    co_await receive_two();
    co_await receive_two();
  };
  serve_to_the_end(serve());
}

}  // namespace
}  // namespace wif::tls
