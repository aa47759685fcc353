// How far this host's clock is off, learnt from the Date header of answers over TLS. AWS refuses
// signatures that are minutes off, so they are made with the corrected time. Control thread.
#pragma once

#include <chrono>

#include "base/clock.h"
#include "http/fetch.h"

namespace wif::auth {

class ClockOffset {
 public:
  // Looks at the Date header of an answer of AWS STS, Google STS or IAM Credentials. Differences of
  // up to 30 s are taken for none; above 60 s it is logged, once.
  void learn(const http::FetchResponse& answer);

  // Server time minus local time; 0 within 30 s.
  std::chrono::seconds value() const { return value_; }
  SystemTime corrected(SystemTime local) const { return local + value_; }

 private:
  std::chrono::seconds value_{0};
  bool logged_ = false;
};

}  // namespace wif::auth
