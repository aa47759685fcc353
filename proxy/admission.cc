#include "proxy/admission.h"

namespace wif::proxy {

bool Admission::full() const {
  const std::lock_guard lock(mutex_);
  return total_ >= max_total_;
}

std::optional<Admission::Place> Admission::enter(const config::IpAddress& source,
                                                 std::atomic<unsigned>& load) {
  const std::lock_guard lock(mutex_);
  std::size_t& count = by_source_[source.bytes()];
  if (count >= max_per_source_) return std::nullopt;
  ++count;
  ++total_;
  load.fetch_add(1, std::memory_order_relaxed);
  return Place(*this, source, load);
}

void Admission::leave(const Place& place) {
  place.load_->fetch_sub(1, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  const auto found = by_source_.find(place.source_);
  --total_;
  if (--found->second == 0) by_source_.erase(found);
}

}  // namespace wif::proxy
