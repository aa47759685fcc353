// Coroutines in tests.
#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/ready_queue.h"
#include "base/task.h"

namespace wif {

template <typename T>
Task<> store(Task<T> task, std::optional<T>& out) {
  auto value = co_await task;
  out.emplace(std::move(value));
}

// Runs a coroutine to its end and gives its result; throws what it threw.
template <typename T>
T run(asio::io_context& io, Task<T> task) {
  std::optional<T> result;
  std::exception_ptr failure;
  spawn(io.get_executor(), store(std::move(task), result),
        [&failure](const std::exception_ptr& thrown) { failure = thrown; });
  io.restart();
  io.run();
  if (failure) std::rethrow_exception(failure);
  if (!result) throw std::runtime_error("the coroutine did not end");
  return *std::move(result);
}

template <typename T>
T run(Task<T> task) {
  asio::io_context io;
  return run(io, std::move(task));
}

}  // namespace wif
