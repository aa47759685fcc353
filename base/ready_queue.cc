#include "base/ready_queue.h"

#include <utility>

namespace wif {

asio::execution_context::id ReadyQueue::id;

ReadyQueue::ReadyQueue(asio::execution_context& context)
    : service(context), executor_(static_cast<asio::io_context&>(context).get_executor()) {}

void ReadyQueue::add(List& list, Resumer resumer) {
  Frame* const frame = std::exchange(resumer.frame_, nullptr);
  frame->next_ready = nullptr;
  (list.first == nullptr ? list.first : list.last->next_ready) = frame;
  list.last = frame;
  if (held_ || std::exchange(posted_, true)) return;
  asio::post(executor_, [this] {
    posted_ = false;
    const Hold hold(*this);
    run();
  });
}

Resumer ReadyQueue::take(List& list) {
  Frame* const frame = list.first;
  list.first = frame->next_ready;
  return Resumer(*frame);
}

void ReadyQueue::run() {
  for (;;) {
    if (first_.first != nullptr) {
      take(first_)();
    } else if (last_.first != nullptr) {
      take(last_)();
    } else {
      return;
    }
  }
}

// The io_context ends and nobody resumes them: each is destroyed with who awaits it.
void ReadyQueue::shutdown() {
  held_ = true;
  for (List* list : {&first_, &last_}) {
    while (list->first != nullptr) take(*list);
  }
}

}  // namespace wif
