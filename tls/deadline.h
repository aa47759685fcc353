// Time limits without a timer each: a Deadline is an entry in its worker's list, which is swept
// once a second. Expiry shuts the socket down; whoever waits on it is woken by the kernel and finds
// expired() true. So a limit is kept to within a second, and setting one costs a coarse clock.
// Belongs to one worker; not thread-safe.
#pragma once

#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>

#include "base/clock.h"

namespace wif::tls {

class DeadlineList;

class Deadline : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // `on_expiry` is called from sweep(); it must not destroy this object.
  Deadline(DeadlineList& list, std::function<void()> on_expiry);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // Replaces what was set before; zero or less = no limit.
  void set(std::chrono::milliseconds from_now);
  void clear() { armed_ = false; }
  bool expired() const { return expired_; }

 private:
  friend class DeadlineList;
  std::function<void()> on_expiry_;
  CoarseClock::time_point when_{};
  bool armed_ = false;
  bool expired_ = false;
};

class DeadlineList {
 public:
  // Expires every deadline whose time is over.
  void sweep(CoarseClock::time_point now);
  bool empty() const { return entries_.empty(); }

 private:
  friend class Deadline;
  boost::intrusive::list<Deadline, boost::intrusive::constant_time_size<false>> entries_;
};

}  // namespace wif::tls
