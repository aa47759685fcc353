#include "auth/clock_offset.h"

#include "auth/expiry.h"
#include "base/log.h"

namespace wif::auth {

using std::chrono::seconds;

void ClockOffset::learn(const http::FetchResponse& answer) {
  const auto server = parse_http_date(answer.header("date"));
  if (!server) return;
  const auto offset = std::chrono::floor<seconds>(*server - answer.received_at);
  const auto size = std::chrono::abs(offset);
  value_ = size > seconds(30) ? offset : seconds(0);
  const bool large = size > seconds(60);
  if (large && !logged_) log::warn("clock_offset", {{"offset_seconds", offset.count()}});
  logged_ = large;
}

}  // namespace wif::auth
