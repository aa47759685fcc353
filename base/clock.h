// Time as a parameter, so that tests own it.
#pragma once

#include <chrono>
#include <ctime>

namespace wif {

using SystemTime = std::chrono::system_clock::time_point;

// Time since boot, counting suspend (CLOCK_BOOTTIME): wall-clock jumps and sleeping laptops do not
// make a token look younger than it is.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
  static time_point now() {
    timespec value{};
    ::clock_gettime(CLOCK_BOOTTIME, &value);
    return time_point(std::chrono::seconds(value.tv_sec) + std::chrono::nanoseconds(value.tv_nsec));
  }
};
using SteadyTime = BootClock::time_point;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime now() const { return BootClock::now(); }
  virtual SystemTime wall() const { return std::chrono::system_clock::now(); }
};

}  // namespace wif
