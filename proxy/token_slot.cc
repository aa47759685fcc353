#include "proxy/token_slot.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace wif::proxy {
namespace {

std::chrono::seconds until(SteadyTime when) {
  if (when == SteadyTime::max()) return std::chrono::seconds(300);  // not before a reload
  const auto left = std::chrono::ceil<std::chrono::seconds>(when - BootClock::now());
  return std::max(left, std::chrono::seconds(1));
}

}  // namespace

Error TokenSlot::why_none() const {
  Error error = state_.failure ? state_.failure->to_error()
                               : Error(Reason::kTokenUnavailable, "there is no token yet");
  error.retry_after = state_.failure ? until(state_.next_attempt) : std::chrono::seconds(1);
  return error;
}

// False when `limit` passes without a new state.
Task<bool> TokenSlot::next_state(std::chrono::milliseconds limit) {
  auto event = std::make_shared<tls::Event>(executor_);
  auto expired = std::make_shared<bool>(false);
  const auto place = waiters_.insert(waiters_.end(), event);
  asio::steady_timer timer(executor_, limit);
  timer.async_wait([event, expired](boost::system::error_code cancelled) {
    if (cancelled) return;
    *expired = true;
    event->notify();
  });
  co_await event->wait();
  waiters_.erase(place);
  co_return !*expired;
}

Task<Result<TokenPtr>> TokenSlot::get(std::chrono::milliseconds limit, std::size_t max_waiters) {
  const auto end = BootClock::now() + limit;
  for (;;) {
    if (usable()) co_return TokenPtr(state_.token);
    hooks_.wake();
    const auto now = BootClock::now();
    if (state_.failure && state_.next_attempt > now) co_return why_none();
    if (now >= end) co_return why_none();
    if (waiters_.size() >= max_waiters) {
      Error crowded(Reason::kTokenUnavailable, "too many requests wait for a token");
      crowded.retry_after = std::chrono::seconds(1);
      co_return crowded;
    }
    co_await next_state(std::chrono::ceil<std::chrono::milliseconds>(end - now));
  }
}

Task<TokenPtr> TokenSlot::replacement(std::string fingerprint, std::chrono::milliseconds limit) {
  const auto end = BootClock::now() + limit;
  hooks_.reject(fingerprint);
  for (;;) {
    const auto now = BootClock::now();
    if (now >= end) co_return nullptr;
    const bool told = co_await next_state(std::chrono::ceil<std::chrono::milliseconds>(end - now));
    if (!told) co_return nullptr;
    if (usable()) co_return state_.token->fingerprint == fingerprint ? nullptr : state_.token;
    if (state_.failure) co_return nullptr;
  }
}

void TokenSlot::put(auth::TokenState state) {
  state_ = std::move(state);
  for (const auto& waiter : waiters_) waiter->notify();
}

}  // namespace wif::proxy
