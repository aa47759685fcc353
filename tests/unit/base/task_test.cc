#include "base/task.h"

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/ready_queue.h"
#include "tests/support/run_task.h"

namespace wif {
namespace {

Task<int> plus_one(int number) { co_return number + 1; }

Task<int> sum_of(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum = co_await plus_one(sum);
  co_return sum;
}

Task<> pause(asio::io_context& io) {
  asio::steady_timer timer(io, std::chrono::milliseconds(0));
  const auto [failure] = co_await expiry(timer);
  EXPECT_FALSE(failure);
}

Task<std::string> after_pauses(asio::io_context& io, int depth) {
  if (depth == 0) co_return "deep";
  co_await pause(io);
  std::string text = co_await after_pauses(io, depth - 1);
  co_await pause(io);
  co_return text + "er";
}

Task<int> fail(asio::io_context& io, bool late) {
  if (late) co_await pause(io);
  throw std::runtime_error("no");
}

TEST(Task, ManyThatNeedNotWaitDoNotGrowTheStack) { EXPECT_EQ(run(sum_of(1'000'000)), 1'000'000); }

TEST(Task, GoesOnWhereItWaited) {
  asio::io_context io;
  EXPECT_EQ(run(io, after_pauses(io, 3)), "deepererer");
}

TEST(Task, ThrowsWhatItsCalleeThrew) {
  asio::io_context io;
  EXPECT_THROW(run(io, fail(io, false)), std::runtime_error);
  EXPECT_THROW(run(io, fail(io, true)), std::runtime_error);
}

TEST(Task, DoesNotStartBeforeItIsAwaited) {
  bool started = false;
  const auto start = [](bool& flag) -> Task<> {
    flag = true;
    co_return;
  };
  { const Task<> never = start(started); }
  EXPECT_FALSE(started);
}

Task<> hold(asio::io_context& io, std::shared_ptr<int> held, std::vector<int>& steps) {
  steps.push_back(1);
  asio::steady_timer timer(io, std::chrono::hours(1));
  co_await expiry(timer);
  steps.push_back(*held);
}

Task<> outer(asio::io_context& io, std::shared_ptr<int> held, std::vector<int>& steps) {
  co_await hold(io, held, steps);
  steps.push_back(*held);
}

// What a coroutine holds is freed, though nothing resumes it any more.
TEST(Task, IsDestroyedWithItsAwaitersWhenItsLoopEnds) {
  const auto held = std::make_shared<int>(7);
  std::vector<int> steps;
  bool ended = false;
  {
    asio::io_context io;
    spawn(io.get_executor(), outer(io, held, steps),
          [&ended](const std::exception_ptr&) { ended = true; });
    io.poll();
    EXPECT_GT(held.use_count(), 1);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(steps, std::vector<int>{1});
  EXPECT_FALSE(ended);
}

TEST(Task, SpawnedOneStartsFromTheLoopAndTellsItsEnd) {
  asio::io_context io;
  bool failed = false;
  bool ended = false;
  spawn(io.get_executor(), pause(io), [&](const std::exception_ptr& failure) {
    ended = true;
    failed = failure != nullptr;
  });
  EXPECT_FALSE(ended);
  io.run();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(failed);
}

}  // namespace
}  // namespace wif
