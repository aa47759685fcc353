#include "auth/refresher.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "auth/mint.h"
#include "auth/redact.h"
#include "auth/schedule.h"
#include "auth/token_file.h"
#include "base/log.h"

namespace wif::auth {
namespace {

using std::chrono::seconds;

// Timers stand still while a machine is suspended, and our clock does not: look at it now and then.
constexpr SteadyTime::duration kLongestSleep = seconds(30);
constexpr SteadyTime::duration kFilePeriod = seconds(1);
constexpr std::size_t kLoggedTextBytes = 200;

std::string in_seconds(SteadyTime::duration duration) {
  return std::to_string(std::chrono::duration_cast<seconds>(duration).count()) + "s";
}

}  // namespace

struct Refresher::Parts {
  Parts(Context context_in, config::Identity identity_in, Publish publish_in)
      : context(std::move(context_in)),
        identity(std::move(identity_in)),
        publish(std::move(publish_in)),
        schedule(context.clock.now()) {
    if (identity.account) {
      mint.emplace(context, identity);
    } else {
      file.emplace(identity.token_file);
      state.source = "token_file:" + identity.token_file;
    }
  }

  Task<> sleep(SteadyTime::duration duration);
  Task<> attempt_mint();
  void attempt_file(bool always);
  void accept(Token token, SteadyTime began);
  void note_failure(Failure failure);
  void announce();
  void log_token(SteadyTime began) const;
  void log_failure();
  void wake_up() {
    if (timer) timer->cancel();
  }

  const Context context;
  const config::Identity identity;
  const Publish publish;
  Schedule schedule;
  TokenState state;
  std::optional<Mint> mint;  // exactly one of these two
  std::optional<TokenFile> file;
  std::optional<asio::steady_timer> timer;
  std::string logged_code;  // of the failure that was logged last; "" after a success
  bool stopped = false;
};

Refresher::Refresher(Context context, config::Identity identity, Publish publish)
    : parts_(std::make_unique<Parts>(std::move(context), std::move(identity), std::move(publish))) {
}
Refresher::~Refresher() = default;

const config::Identity& Refresher::identity() const { return parts_->identity; }

Task<> Refresher::run(Executor executor) {
  Parts& parts = *parts_;
  parts.timer.emplace(executor);
  while (!parts.stopped) {
    const SteadyTime now = parts.context.clock.now();
    const SteadyTime next = parts.schedule.next();
    if (next > now) {
      co_await parts.sleep(next - now);
    } else if (parts.mint) {
      co_await parts.attempt_mint();
    } else {
      parts.attempt_file(false);
    }
  }
  parts.timer.reset();
}

void Refresher::reject(std::string_view fingerprint) {
  Parts& parts = *parts_;
  const bool current = parts.state.token && parts.state.token->fingerprint == fingerprint;
  if (parts.file) {
    if (current) parts.attempt_file(true);
  } else if (current && parts.schedule.force(parts.context.clock.now())) {
    parts.state.token = nullptr;
    parts.state.failure.reset();
    parts.wake_up();
  }
  parts.announce();
}

void Refresher::wake() {
  Parts& parts = *parts_;
  const bool served =
      parts.state.token && parts.state.token->may_be_served(parts.context.clock.now());
  if (served || !parts.schedule.wanted()) return;
  parts.announce();
  parts.wake_up();
}

void Refresher::retry_now() {
  Parts& parts = *parts_;
  if (parts.file) {
    parts.attempt_file(true);
    return;
  }
  parts.mint->forget();
  parts.state.failure.reset();
  parts.schedule.at_once(parts.context.clock.now());
  parts.announce();
  parts.wake_up();
}

void Refresher::stop() {
  parts_->stopped = true;
  parts_->wake_up();
}

// Returns early when woken; the caller looks at the clock again in any case.
Task<> Refresher::Parts::sleep(SteadyTime::duration duration) {
  timer->expires_after(std::min(duration, kLongestSleep));
  co_await expiry(*timer);
}

Task<> Refresher::Parts::attempt_mint() {
  const SteadyTime began = context.clock.now();
  auto token = co_await mint->run();
  if (stopped) co_return;
  state.source = mint->source();
  state.clock_offset = mint->clock_offset();
  if (token) {
    schedule.succeeded(*token, context.clock.now(), context.random());
    accept(*std::move(token), began);
  } else {
    note_failure(std::move(token).error());
  }
  announce();
}

// `always`: also when the file looks unchanged.
void Refresher::Parts::attempt_file(bool always) {
  const SteadyTime now = context.clock.now();
  schedule.look_again(now + kFilePeriod);
  const bool due = always || state.failure || file->has_changed(context.environment);
  if (!due) return;
  const bool was_failing = state.failure.has_value();
  auto token = file->read(context);
  if (!token) {
    explain(token.error(), facts_of(identity, Caller()));
    state.failure = std::move(token).error();
    log_failure();
    if (!was_failing) announce();
    return;
  }
  const bool same = state.token && token->fingerprint == state.token->fingerprint;
  token->identity = identity.name;
  token->principal = identity.service_account;
  state.failure.reset();
  logged_code.clear();
  if (!same) accept(*std::move(token), now);
  if (!same || was_failing) announce();
}

void Refresher::Parts::accept(Token token, SteadyTime began) {
  state.token = std::make_shared<const Token>(std::move(token));
  state.failure.reset();
  logged_code.clear();
  log_token(began);
}

void Refresher::Parts::note_failure(Failure failure) {
  schedule.failed(failure, context.clock.now(), context.random());
  state.failure = std::move(failure);
  log_failure();
}

void Refresher::Parts::announce() {
  state.next_attempt = schedule.next();
  publish(state);
}

void Refresher::Parts::log_token(SteadyTime began) const {
  const SteadyTime now = context.clock.now();
  const Token& token = *state.token;
  const std::string left = token.has_known_end() ? in_seconds(token.end - now) : "unknown";
  log::info("token", {{"identity", identity.name},
                      {"source", state.source},
                      {"principal", token.principal},
                      {"expires_in", left},
                      {"took", std::chrono::nanoseconds(now - began)}});
}

// Once per change of state, not once per attempt.
void Refresher::Parts::log_failure() {
  const Failure& failure = *state.failure;
  if (failure.code == logged_code) return;
  logged_code = failure.code;
  const SteadyTime now = context.clock.now();
  const bool served = state.token && state.token->may_be_served(now);
  const bool known = served && state.token->has_known_end();
  const std::string still =
      known ? in_seconds(state.token->serve_until - now) : std::string(served ? "unknown" : "0s");
  const bool never = schedule.next() == SteadyTime::max();
  log::warn("token_refresh",
            {{"identity", identity.name},
             {"code", failure.code},
             {"error", service_text(failure.summary(), kLoggedTextBytes)},
             {"retry_in", never ? std::string("never") : in_seconds(schedule.next() - now)},
             {"token_still_valid", still}});
}

}  // namespace wif::auth
