#include "base/ready_queue.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace wif {
namespace {

constexpr int kMost = 128;  // resumed in one go

}  // namespace

asio::execution_context::id ReadyQueue::id;

ReadyQueue::ReadyQueue(asio::execution_context& context)
    : service(context), executor_(static_cast<asio::io_context&>(context).get_executor()) {}

void ReadyQueue::add(List& list, Resumer resumer) {
  if (closed_) {
    // Is destroyed with what else the io_context has.
    asio::post(executor_, std::move(resumer));
    return;
  }
  Frame* const frame = std::exchange(resumer.frame_, nullptr);
  frame->next_ready = nullptr;
  (list.first == nullptr ? list.first : list.last->next_ready) = frame;
  list.last = frame;
  if (!held_) post();
}

void ReadyQueue::post() {
  if (posted_) return;
  asio::post(executor_, [this] {
    posted_ = false;
    const Hold hold(*this);
    run();
  });
  posted_ = true;
}

Resumer ReadyQueue::take(List& list) {
  Frame* const frame = list.first;
  list.first = frame->next_ready;
  return Resumer(*frame);
}

void ReadyQueue::run() {
  for (int resumed = 0; resumed < kMost; ++resumed) {
    List& list = first_.first != nullptr ? first_ : last_;
    if (list.first == nullptr) return;
    take(list)();
  }
  post();
}

// The io_context ends and nobody resumes them: each is destroyed with who awaits it, which may wake
// others.
void ReadyQueue::shutdown() {
  held_ = true;
  while (!empty()) {
    take(first_.first != nullptr ? first_ : last_);
  }
  closed_ = true;
}

}  // namespace wif
