#include "auth/schedule.h"

#include <algorithm>

namespace wif::auth {
namespace {

using std::chrono::seconds;
using Duration = SteadyTime::duration;

constexpr Duration kShortestWait = seconds(1);
constexpr Duration kLongestLead = seconds(300);
constexpr Duration kWantedWait = seconds(2);
constexpr Duration kForcedPause = seconds(30);

Duration scaled(Duration duration, double factor) {
  return Duration(static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor));
}

}  // namespace

SteadyTime refresh_at(const Token& token, double random) {
  if (!token.has_known_end()) return SteadyTime::max();
  const Duration lead = std::min<Duration>(kLongestLead, (token.end - token.issued) / 4);
  return token.end - scaled(lead, 1.0 + 0.2 * random);
}

Duration retry_wait(RetryClass retry, unsigned failures, double random) {
  if (retry == RetryClass::kNo) return Duration::max();
  const bool quick = retry == RetryClass::kBackoff;
  const Duration first = quick ? seconds(1) : seconds(30);
  const Duration longest = quick ? seconds(60) : seconds(300);
  const unsigned doublings = std::min(failures == 0 ? 0u : failures - 1, 10u);
  const Duration ceiling = std::min(longest, first * (1 << doublings));
  return std::max(kShortestWait, scaled(ceiling, random));
}

void Schedule::succeeded(const Token& token, SteadyTime now, double random) {
  failing_.reset();
  failures_ = 0;
  next_ = std::max(refresh_at(token, random), now + kShortestWait);
}

void Schedule::failed(const Failure& failure, SteadyTime now, double random) {
  failures_ = failing_ == failure.retry ? failures_ + 1 : 1;
  failing_ = failure.retry;
  failed_at_ = now;
  const Duration wait = retry_wait(failure.retry, failures_, random);
  next_ = wait == Duration::max() ? SteadyTime::max() : now + wait;
}

bool Schedule::wanted() {
  if (failing_ != RetryClass::kBackoff || next_ <= failed_at_ + kWantedWait) return false;
  next_ = failed_at_ + kWantedWait;
  return true;
}

bool Schedule::force(SteadyTime now) {
  if (forced_at_ && now - *forced_at_ < kForcedPause) return false;
  forced_at_ = now;
  next_ = now;
  return true;
}

void Schedule::at_once(SteadyTime now) {
  failing_.reset();
  failures_ = 0;
  next_ = now;
}

}  // namespace wif::auth
