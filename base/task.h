// Coroutines of one io_context. A Task starts when it is awaited and runs on its caller's stack
// until it has to wait, so one that need not wait costs little more than a function call: an
// asio::awaitable goes through a dispatch loop on every call and return, which was a tenth of a
// request. Nothing here is thread-safe: a coroutine stays on its io_context's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <tuple>
#include <utility>

#include "base/frame_pool.h"

namespace wif {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

// What every coroutine's promise begins with.
struct Frame : Recycled {
  std::coroutine_handle<> self;
  Frame* awaiter = nullptr;  // who awaits it; null for a root, and while it runs for the first time
  Frame* next_ready = nullptr;  // in a ReadyQueue
};

// The right to resume a coroutine, once. Where that right is lost (its io_context ends) nothing can
// resume the coroutine any more, so it is destroyed with all that await it. Move-only; can be
// posted.
class Resumer {
 public:
  Resumer() = default;
  explicit Resumer(Frame& frame) : frame_(&frame) {}
  Resumer(Resumer&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Resumer& operator=(Resumer&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Resumer() {
    if (frame_ == nullptr) return;
    while (frame_->awaiter != nullptr) frame_ = frame_->awaiter;
    frame_->self.destroy();
  }

  explicit operator bool() const { return frame_ != nullptr; }
  void operator()() { std::exchange(frame_, nullptr)->self.resume(); }

 private:
  friend class ReadyQueue;
  Frame* frame_ = nullptr;
};

namespace detail {

struct TaskPromise : Frame {
  struct Final {
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) const noexcept {
      const Frame* awaiter = done.promise().awaiter;
      if (awaiter == nullptr) return std::noop_coroutine();  // await_ready() sees that it is done
      return awaiter->self;
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  Final final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }
  void rethrow() const {
    if (failure) std::rethrow_exception(failure);
  }

  std::exception_ptr failure;
};

template <typename T>
struct ValuePromise : TaskPromise {
  template <typename U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    rethrow();
    return *std::move(value);
  }

  std::optional<T> value;
};

template <>
struct ValuePromise<void> : TaskPromise {
  void return_void() const noexcept {}
  void take() const { rethrow(); }
};

}  // namespace detail

// Await it once; what it throws, the await throws.
// Await into a named local, never inside a condition: g++ 12 miscompiles that (GCC PR 106188).
template <typename T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : detail::ValuePromise<T> {
    Task get_return_object() {
      const auto handle = std::coroutine_handle<promise_type>::from_promise(*this);
      this->self = handle;
      return Task(handle);
    }
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  // Runs it until it ends or waits; only in the second case the awaiting coroutine suspends.
  bool await_ready() {
    handle_.resume();
    return handle_.done();
  }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiter) noexcept {
    handle_.promise().awaiter = &awaiter.promise();
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

// A coroutine that nobody awaits; it frees itself.
struct Root {
  struct promise_type : Frame {
    Root get_return_object() {
      self = std::coroutine_handle<promise_type>::from_promise(*this);
      return {*this};
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
  Frame& frame;
};

template <typename OnEnd>
Root run_root(Task<> task, OnEnd on_end) {
  std::exception_ptr failure;
  try {
    co_await task;
  } catch (...) {
    failure = std::current_exception();
  }
  on_end(std::move(failure));
}

template <typename Start, typename... Results>
struct Completion {
  using Outcome = std::optional<std::tuple<Results...>>;
  struct Handler {
    void operator()(Results... results) {
      outcome->emplace(std::move(results)...);
      resumer();
    }
    Resumer resumer;
    Outcome* outcome;
  };

  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) {
    start(Handler{Resumer(awaiting.promise()), &outcome});
  }
  std::tuple<Results...> await_resume() { return *std::move(outcome); }

  Start start;
  Outcome outcome{};
};

}  // namespace detail

// Awaits one operation of Asio: `start` is given a handler and passes it on. The await gives the
// handler's arguments as a tuple:
//   const auto [failure, size] = co_await completion<boost::system::error_code, std::size_t>(
//       [&](auto handler) { descriptor.async_read_some(buffer, std::move(handler)); });
template <typename... Results, typename Start>
detail::Completion<Start, Results...> completion(Start start) {
  return {std::move(start)};
}

// Awaits the end of one of Asio's timers, or that it is cancelled; then the error is set.
template <typename Timer>
auto expiry(Timer& timer) {
  return completion<boost::system::error_code>(
      [&timer](auto handler) { timer.async_wait(std::move(handler)); });
}

}  // namespace wif
