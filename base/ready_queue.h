// Coroutines of one io_context that may go on. They are resumed from the loop, one after another,
// and not from inside whoever wakes them. Asio's own queue would do, but looks at all sockets once
// more between any two rounds through it, and allocates for each entry.
// Belongs to the io_context's thread; not thread-safe.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <utility>

#include "base/task.h"

namespace wif {

class ReadyQueue final : public asio::execution_context::service {
 public:
  using key_type = ReadyQueue;
  static asio::execution_context::id id;

  static ReadyQueue& of(Executor executor) {
    return asio::use_service<ReadyQueue>(executor.context());
  }
  explicit ReadyQueue(asio::execution_context& context);

  void add(Resumer resumer) { add(first_, std::move(resumer)); }
  // For who gathers what others leave behind: it goes on when no other can.
  void add_last(Resumer resumer) { add(last_, std::move(resumer)); }

  // Resumes them, and those that are added meanwhile, until there is none; after many of them the
  // rest is left for later, so that sockets and timers get their turn.
  void run();
  bool empty() const { return first_.first == nullptr && last_.first == nullptr; }

  // While one lives, its owner calls run(); else the queue has itself called.
  class Hold {
   public:
    explicit Hold(ReadyQueue& queue) : queue_(queue) { queue_.held_ = true; }
    ~Hold() { queue_.held_ = false; }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    ReadyQueue& queue_;
  };

 private:
  struct List {
    Frame* first = nullptr;
    Frame* last = nullptr;
  };
  void add(List& list, Resumer resumer);
  void post();
  static Resumer take(List& list);
  void shutdown() override;

  Executor executor_;
  List first_;
  List last_;
  bool held_ = false;
  bool posted_ = false;
  bool closed_ = false;
};

// Runs a coroutine that nobody awaits, from the loop. `on_end` must not throw; it gets what the
// coroutine threw, null where it ended well.
template <typename OnEnd>
void spawn(ReadyQueue& queue, Task<> task, OnEnd on_end) {
  queue.add(Resumer(detail::run_root(std::move(task), std::move(on_end)).frame));
}
template <typename OnEnd>
void spawn(Executor executor, Task<> task, OnEnd on_end) {
  spawn(ReadyQueue::of(executor), std::move(task), std::move(on_end));
}

}  // namespace wif
