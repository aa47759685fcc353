// Wakes one waiting coroutine. What condition variables are to threads, without a queue to bound.
// Belongs to one io_context; not thread-safe.
#pragma once

#include <utility>

#include "base/ready_queue.h"
#include "base/task.h"

namespace wif::tls {

class Event {
 public:
  explicit Event(ReadyQueue& ready) : ready_(ready) {}
  explicit Event(Executor executor) : Event(ReadyQueue::of(executor)) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  struct Wait {
    bool await_ready() const { return std::exchange(event.notified_, false); }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> waiter) const {
      event.waiter_ = Resumer(waiter.promise());
    }
    void await_resume() const {}
    Event& event;
  };

  // To be awaited: resumes at the next notify(), or goes on at once when there was one since the
  // last wait. At most one waiter at a time.
  Wait wait() { return {*this}; }

  // The waiter is resumed from the loop, never from inside.
  void notify() {
    notified_ = !waiter_;
    if (waiter_) ready_.add(std::exchange(waiter_, Resumer()));
  }
  // The same when nobody else can go on.
  void notify_last() {
    notified_ = !waiter_;
    if (waiter_) ready_.add_last(std::exchange(waiter_, Resumer()));
  }

 private:
  ReadyQueue& ready_;
  bool notified_ = false;
  Resumer waiter_;
};

}  // namespace wif::tls
