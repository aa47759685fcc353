#include "base/ready_queue.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "tests/support/run_task.h"
#include "tests/support/yield.h"

namespace wif {
namespace {

// Has a coroutine resumed that keeps something alive while it waits.
struct WakesAnother {
  static Task<> wait(ReadyQueue& ready, std::shared_ptr<int> kept) {
    co_await Yield{ready};
    *kept = 2;
  }
  ~WakesAnother() {
    spawn(ready, wait(ready, kept), [](const std::exception_ptr&) {});
  }
  ReadyQueue& ready;
  std::shared_ptr<int> kept;
};

class ReadyQueueTest : public testing::Test {
 protected:
  Task<> say(char name, int times, bool last = false) {
    for (int i = 0; i < times; ++i) {
      co_await Yield{queue, last};
      said += name;
    }
  }
  void start(Task<> task) {
    spawn(queue, std::move(task), [this](const std::exception_ptr&) { ++ended; });
  }

  asio::io_context io;
  ReadyQueue& queue = ReadyQueue::of(io.get_executor());
  std::string said;
  int ended = 0;
};

TEST_F(ReadyQueueTest, ResumesInOrderFromTheLoop) {
  start(say('a', 2));
  start(say('b', 2));
  EXPECT_EQ(said, "") << "nobody runs inside of who woke him";
  io.run();
  EXPECT_EQ(said, "abab");
  EXPECT_EQ(ended, 2);
}

TEST_F(ReadyQueueTest, TheLastGoOnWhenNobodyElseCan) {
  start(say('z', 2, true));
  start(say('a', 3));
  start(say('b', 1));
  io.run();
  EXPECT_EQ(said, "abaazz");
}

TEST_F(ReadyQueueTest, WhoeverHoldsItRunsIt) {
  {
    const ReadyQueue::Hold hold(queue);
    start(say('a', 1));
    io.run();
    EXPECT_EQ(said, "");
    queue.run();
    EXPECT_EQ(said, "a");
  }
  start(say('b', 1));
  io.restart();
  io.run();
  EXPECT_EQ(said, "ab");
}

// Two that wake each other all the time must not keep the rest of the thread waiting.
TEST_F(ReadyQueueTest, OthersGetTheirTurn) {
  bool stop = false;
  const auto go_on = [](ReadyQueue& ready, const bool& until) -> Task<> {
    while (!until) co_await Yield{ready};
  };
  start(go_on(queue, stop));
  asio::post(io, [&] { asio::post(io, [&] { stop = true; }); });
  io.run();
  EXPECT_EQ(ended, 1);
}

// What is destroyed with the loop may wake others on its way, early or late.
TEST_F(ReadyQueueTest, WhoIsWokenWhileTheLoopEndsIsDestroyedToo) {
  for (const bool late : {false, true}) {
    const auto owned = std::make_shared<int>(1);
    {
      asio::io_context brief;
      asio::steady_timer timer(brief, std::chrono::hours(1));
      ReadyQueue& other = ReadyQueue::of(brief.get_executor());
      const auto wait = [](asio::io_context& loop, asio::steady_timer& never, bool posted,
                           ReadyQueue& ready, std::shared_ptr<int> kept) -> Task<> {
        const WakesAnother another{ready, std::move(kept)};
        if (posted) {
          co_await completion<>([&](auto handler) { asio::post(loop, std::move(handler)); });
        } else {
          co_await expiry(never);
        }
      };
      spawn(other, wait(brief, timer, late, other, owned), [](const std::exception_ptr&) {});
      brief.run_one();
      EXPECT_GT(owned.use_count(), 1);
    }
    EXPECT_EQ(owned.use_count(), 1);
    EXPECT_EQ(*owned, 1);
  }
}

TEST_F(ReadyQueueTest, WhoStillWaitsIsDestroyedWithTheLoop) {
  const auto owned = std::make_shared<int>(1);
  {
    asio::io_context brief;
    ReadyQueue& other = ReadyQueue::of(brief.get_executor());
    const auto wait = [](ReadyQueue& ready, std::shared_ptr<int> kept) -> Task<> {
      co_await Yield{ready};
      *kept = 2;
    };
    spawn(other, wait(other, owned), [](const std::exception_ptr&) {});
    EXPECT_EQ(owned.use_count(), 2);
  }
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(*owned, 1);
}

}  // namespace
}  // namespace wif
