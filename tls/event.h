// Wakes one waiting coroutine. What condition variables are to threads, without a queue to bound.
// Belongs to one io_context; not thread-safe.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "base/task.h"

namespace wif::tls {

inline constexpr asio::use_awaitable_t<Executor> kUseAwaitable{};

class Event {
 public:
  explicit Event(Executor executor) : executor_(executor) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Resumes at the next notify(), or at once when there was one since the last wait. At most one
  // waiter at a time. The waiter is resumed from the loop, never from inside notify().
  Task<void> wait() {
    return asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
        [this](auto handler) {
          if (std::exchange(notified_, false)) {
            asio::post(executor_, std::move(handler));
          } else {
            waiter_.emplace(std::move(handler));
          }
        },
        kUseAwaitable);
  }

  void notify() {
    if (!waiter_) {
      notified_ = true;
      return;
    }
    Handler handler = *std::move(waiter_);
    waiter_.reset();
    asio::post(executor_, std::move(handler));
  }

 private:
  // The concrete type: any_completion_handler recurses without end in Boost 1.81's post().
  using Handler = asio::async_result<asio::use_awaitable_t<Executor>, void()>::handler_type;

  Executor executor_;
  bool notified_ = false;
  std::optional<Handler> waiter_;
};

}  // namespace wif::tls
