// How soon a thread looks at its sockets again. Where several requests are under way, what comes in
// small pieces is let gather for some microseconds, and is then read, forwarded and sent at once;
// as a network card does that interrupts less often under load. What that does to cost and latency
// is in docs/performance.md. Belongs to one thread; not thread-safe.
#pragma once

#include <algorithm>
#include <chrono>

namespace wif::tls {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  // A request that is under way while this lives.
  class Request {
   public:
    explicit Request(Pace& pace) : pace_(pace) { ++pace_.requests_; }
    ~Request() { --pace_.requests_; }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

   private:
    Pace& pace_;
  };

  // Whether to ask rest() before each look.
  bool slow() const { return requests_ >= kMany; }

  // How long to wait at `now` before the next look, which is taken to follow; zero: not at all. It
  // is a small part of the time that it takes to serve all the requests. The kernel's timer slack,
  // mostly 50 us, comes on top.
  Clock::duration rest(Clock::time_point now) {
    const Clock::time_point next = std::max(now, last_ + std::min(kMost, kEach * requests_));
    last_ = next;
    return next - now;
  }

 private:
  // With few requests under way, one might wait for nothing.
  static constexpr int kMany = 4;
  static constexpr std::chrono::microseconds kEach{6};
  static constexpr std::chrono::microseconds kMost{200};

  int requests_ = 0;
  Clock::time_point last_;
};

}  // namespace wif::tls
