// How many client connections there may be, in all and per source address (threat-model.md 8).
// Thread-safe: taken on the control thread, given back on the workers'. Once per connection.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace wif::proxy {

class Admission {
 public:
  Admission(std::size_t max_total, std::size_t max_per_source)
      : max_total_(max_total), max_per_source_(max_per_source) {}

  bool full() const;
  // False when that source has its share already. Every true is followed by one leave().
  bool enter(const std::string& source);
  void leave(const std::string& source);

 private:
  const std::size_t max_total_;
  const std::size_t max_per_source_;
  mutable std::mutex mutex_;
  std::size_t total_ = 0;
  std::map<std::string, std::size_t> by_source_;
};

}  // namespace wif::proxy
