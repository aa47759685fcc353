// How many client connections there may be, in all and per source address (threat-model.md 8).
// Thread-safe. Once per connection.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "config/address.h"

namespace wif::proxy {

class Admission {
 public:
  Admission(std::size_t max_total, std::size_t max_per_source)
      : max_total_(max_total), max_per_source_(max_per_source) {}

  // What one connection takes up; given back when this goes, on any thread. Move-only.
  class Place {
   public:
    Place(Place&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)),
          source_(other.source_),
          load_(other.load_) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (admission_ != nullptr) admission_->leave(*this);
    }

   private:
    friend class Admission;
    Place(Admission& admission, const config::IpAddress& source, std::atomic<unsigned>& load)
        : admission_(&admission), source_(source.bytes()), load_(&load) {}

    Admission* admission_;
    std::array<std::uint8_t, 16> source_;
    std::atomic<unsigned>* load_;
  };

  bool full() const;
  // Also counts it in `load`, which is how much its worker has to do. nullopt when that source has
  // its share already. This object and `load` outlive the place.
  std::optional<Place> enter(const config::IpAddress& source, std::atomic<unsigned>& load);

 private:
  void leave(const Place& place);

  const std::size_t max_total_;
  const std::size_t max_per_source_;
  mutable std::mutex mutex_;
  std::size_t total_ = 0;
  std::map<std::array<std::uint8_t, 16>, std::size_t> by_source_;
};

}  // namespace wif::proxy
