// A coroutine that lets others go first.
#pragma once

#include "base/ready_queue.h"

namespace wif {

// To be awaited: goes on from the queue.
struct Yield {
  bool await_ready() const { return false; }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> waiter) const {
    if (last) {
      queue.add_last(Resumer(waiter.promise()));
    } else {
      queue.add(Resumer(waiter.promise()));
    }
  }
  void await_resume() const {}
  ReadyQueue& queue;
  bool last = false;
};

}  // namespace wif
