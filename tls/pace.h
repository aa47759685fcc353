// How soon a thread looks at its sockets again. Where many HTTP/2 streams are under way, what comes
// in small pieces is let gather for some microseconds, and is then read, forwarded and sent at
// once; as a network card does that interrupts less often under load. What that does to cost and
// latency is in docs/performance.md. Belongs to one thread; not thread-safe.
#pragma once

#include <algorithm>
#include <chrono>

namespace wif::tls {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  // A stream is under way, or is so no longer.
  void enter() { ++streams_; }
  void leave() { --streams_; }

  // Whether to ask rest() before each look.
  bool slow() const { return streams_ >= kMany; }

  // How long to wait at `now` before the next look, which is taken to follow; zero: not at all. It
  // is a small part of the time that it takes to serve all the streams.
  Clock::duration rest(Clock::time_point now) {
    const Clock::time_point next = std::max(now, last_ + std::min(kMost, kEach * streams_));
    last_ = next;
    return next - now;
  }

 private:
  // With few streams under way, one might wait for nothing.
  static constexpr int kMany = 16;
  static constexpr std::chrono::microseconds kEach{3};
  static constexpr std::chrono::microseconds kMost{200};

  int streams_ = 0;
  Clock::time_point last_;
};

}  // namespace wif::tls
