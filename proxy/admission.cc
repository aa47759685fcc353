#include "proxy/admission.h"

namespace wif::proxy {

bool Admission::full() const {
  const std::lock_guard lock(mutex_);
  return total_ >= max_total_;
}

bool Admission::enter(const std::string& source) {
  const std::lock_guard lock(mutex_);
  std::size_t& count = by_source_[source];
  if (count >= max_per_source_) return false;
  ++count;
  ++total_;
  return true;
}

void Admission::leave(const std::string& source) {
  const std::lock_guard lock(mutex_);
  const auto found = by_source_.find(source);
  if (found == by_source_.end()) return;
  --total_;
  if (--found->second == 0) by_source_.erase(found);
}

}  // namespace wif::proxy
