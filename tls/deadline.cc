#include "tls/deadline.h"

#include <utility>

namespace wif::tls {

void DeadlineList::sweep(CoarseClock::time_point now) {
  for (Deadline& deadline : entries_) {
    if (!deadline.armed_ || deadline.when_ > now) continue;
    deadline.armed_ = false;
    deadline.expired_ = true;
    deadline.on_expiry_();
  }
}

Deadline::Deadline(DeadlineList& list, std::function<void()> on_expiry)
    : on_expiry_(std::move(on_expiry)) {
  list.entries_.push_back(*this);
}

void Deadline::set(std::chrono::milliseconds from_now) {
  armed_ = from_now.count() > 0;
  if (armed_) when_ = CoarseClock::now() + from_now;
}

}  // namespace wif::tls
