#include "base/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/log_line.h"

namespace wif::log {
namespace {

constexpr std::size_t kBatchBytes = 16u << 10;

// The time in front of a line, "2026-11-24T12:00:00.000Z"; made anew once a second.
class Timestamp {
 public:
  std::string_view of(spdlog::log_clock::time_point when) {
    using namespace std::chrono;
    const auto second = floor<seconds>(when);
    if (second != second_) {
      second_ = second;
      const std::time_t seconds_since_1970 = spdlog::log_clock::to_time_t(second);
      std::tm utc{};
      ::gmtime_r(&seconds_since_1970, &utc);
      std::strftime(text_, sizeof text_, "%Y-%m-%dT%H:%M:%S.000Z", &utc);
    }
    auto rest = duration_cast<milliseconds>(when - second).count();
    for (char* digit = text_ + 22; digit > text_ + 19; --digit, rest /= 10) {
      *digit = static_cast<char>('0' + rest % 10);
    }
    return {text_, 24};
  }

 private:
  spdlog::log_clock::time_point second_{};
  char text_[32] = {};
};

// Gathers lines for stderr. spdlog's own sink makes a system call for each, which would be one for
// each request; and its formatter puts the time together anew for each.
class BatchSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit BatchSink(bool json) : before_(json ? "{\"ts\":\"" : ""), after_(json ? "\"," : " ") {}
  ~BatchSink() override { write_out(); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    batch_.append(before_).append(time_.of(message.time)).append(after_);
    batch_.append(message.payload.data(), message.payload.size()) += '\n';
    if (batch_.size() >= kBatchBytes) write_out();
  }
  void flush_() override { write_out(); }

  void write_out() {
    std::string_view left = batch_;
    while (!left.empty()) {
      const auto written = ::write(STDERR_FILENO, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) break;  // nobody reads it any more, and there is nobody to tell
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    batch_.clear();
  }

  std::string_view before_;  // the time, in a line
  std::string_view after_;
  Timestamp time_;
  std::string batch_;
};

struct Logger {
  std::shared_ptr<spdlog::logger> out;
  bool json = false;
};

Logger& logger() {
  static Logger instance;
  return instance;
}

spdlog::level::level_enum spdlog_level(Level level) {
  return static_cast<spdlog::level::level_enum>(level);  // same order, same first four
}

}  // namespace

void configure(Level level, bool json) {
  auto out = std::make_shared<spdlog::logger>("wif-proxy", std::make_shared<BatchSink>(json));
  out->set_level(spdlog_level(level));
  logger() = Logger{std::move(out), json};
}

void set_level(Level level) { logger().out->set_level(spdlog_level(level)); }

bool enabled(Level level) { return logger().out && logger().out->should_log(spdlog_level(level)); }

void write_batched(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  thread_local Line line;
  if (logger().json) {
    line.write_json(level, event, fields);
  } else {
    line.write_text(level, event, fields);
  }
  const std::string_view text = line.text();
  logger().out->log(spdlog_level(level), spdlog::string_view_t(text.data(), text.size()));
}

void write(Level level, std::string_view event, Fields fields) {
  write_batched(level, event, fields);
  flush();
}

void internal_error(const std::exception_ptr& failure) noexcept {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& thrown) {
    try {
      error("internal", {{"error", thrown.what()}});
    } catch (const std::exception&) {
      // No memory left to say so.
    }
  }
}

void flush() {
  if (logger().out) logger().out->flush();
}

}  // namespace wif::log
