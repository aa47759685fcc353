// Time as a parameter, so that tests own it.
#pragma once

#include <chrono>
#include <ctime>

namespace wif {

using SystemTime = std::chrono::system_clock::time_point;

// One of clock_gettime(2)'s, for std::chrono.
template <clockid_t kId>
struct KernelClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<KernelClock>;
  static constexpr bool is_steady = true;
  static time_point now() {
    timespec value{};
    ::clock_gettime(kId, &value);
    return time_point(std::chrono::seconds(value.tv_sec) + std::chrono::nanoseconds(value.tv_nsec));
  }
};

// Time since boot, counting suspend: wall-clock jumps and sleeping laptops do not make a token look
// younger than it is.
using BootClock = KernelClock<CLOCK_BOOTTIME>;
// As of the kernel's last tick, some milliseconds ago at most; to read the exact time costs five
// times as much, and each request sets several limits.
using CoarseClock = KernelClock<CLOCK_MONOTONIC_COARSE>;
using SteadyTime = BootClock::time_point;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime now() const { return BootClock::now(); }
  virtual SystemTime wall() const { return std::chrono::system_clock::now(); }
};

}  // namespace wif
