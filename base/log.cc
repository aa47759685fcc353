#include "base/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <mutex>
#include <string>

namespace wif::log {
namespace {

constexpr std::size_t kMaxValueBytes = 256;
constexpr std::size_t kBatchBytes = 16u << 10;

// Gathers lines for stderr. spdlog's own sink makes a system call for each, which would be one for
// each request.
class BatchSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  ~BatchSink() override { write_out(); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    base_sink::formatter_->format(message, batch_);
    if (batch_.size() >= kBatchBytes) write_out();
  }
  void flush_() override { write_out(); }

  void write_out() {
    const char* next = batch_.data();
    std::size_t left = batch_.size();
    while (left > 0) {
      const auto written = ::write(STDERR_FILENO, next, left);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) break;  // nobody reads it any more, and there is nobody to tell
      next += written;
      left -= static_cast<std::size_t>(written);
    }
    batch_.clear();
  }

  spdlog::memory_buf_t batch_;
};

struct Logger {
  std::shared_ptr<spdlog::logger> out;
  bool json = false;
};

Logger& logger() {
  static Logger instance;
  return instance;
}

constexpr std::string_view name_of(Level level) {
  switch (level) {
    case Level::kTrace: return "trace";
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarn: return "warn";
    case Level::kError: return "error";
  }
  return "error";
}

spdlog::level::level_enum spdlog_level(Level level) {
  return static_cast<spdlog::level::level_enum>(level);  // same order, same first four
}

// Both formats use JSON's escapes, so that a value can never start a line of its own.
void append_escaped(std::string& line, std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto is_plain = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
  };
  value = value.substr(0, kMaxValueBytes);
  while (!value.empty()) {
    const auto plain = static_cast<std::size_t>(
        std::find_if_not(value.begin(), value.end(), is_plain) - value.begin());
    line.append(value.substr(0, plain));
    value.remove_prefix(plain);
    if (value.empty()) return;
    const auto byte = static_cast<unsigned char>(value.front());
    if (byte == '"' || byte == '\\') {
      line += {'\\', value.front()};
    } else {
      line += "\\u00";
      line += {kHex[byte >> 4], kHex[byte & 15]};
    }
    value.remove_prefix(1);
  }
}

void append_number(std::string& line, std::int64_t number) {
  char digits[20];
  line.append(std::begin(digits), std::to_chars(std::begin(digits), std::end(digits), number).ptr);
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=") != std::string_view::npos;
}

void append_value(std::string& line, const Field& field, bool json) {
  switch (field.kind) {
    case Field::Kind::kBoolean: line += field.number != 0 ? "true" : "false"; return;
    case Field::Kind::kInteger: append_number(line, field.number); return;
    case Field::Kind::kMilliseconds:
      append_number(line, field.number);
      if (!json) line += "ms";
      return;
    case Field::Kind::kText: break;
  }
  const bool quoted = json || needs_quotes(field.text);
  if (quoted) line += '"';
  append_escaped(line, field.text);
  if (quoted) line += '"';
}

// A text that is empty says nothing.
bool is_left_out(const Field& field) {
  return field.kind == Field::Kind::kText && field.text.empty();
}

void append_json(std::string& line, Level level, std::string_view event, Fields fields) {
  line.append("\"level\":\"").append(name_of(level)).append("\",\"event\":\"").append(event) += '"';
  for (const Field& field : fields) {
    if (is_left_out(field)) continue;
    line.append(",\"").append(field.key).append(field.kind == Field::Kind::kMilliseconds ? "_ms\":"
                                                                                         : "\":");
    append_value(line, field, true);
  }
  line += '}';
}

void append_text(std::string& line, Level level, std::string_view event, Fields fields) {
  line.append(name_of(level));
  line.resize(line.size() + 6 - name_of(level).size(), ' ');
  line.append(event);
  for (const Field& field : fields) {
    if (is_left_out(field)) continue;
    line.append(" ").append(field.key).append("=");
    append_value(line, field, false);
  }
}

}  // namespace

void configure(Level level, bool json) {
  auto out = std::make_shared<spdlog::logger>("wif-proxy", std::make_shared<BatchSink>());
  out->set_pattern(json ? "{\"ts\":\"%Y-%m-%dT%H:%M:%S.%eZ\",%v" : "%Y-%m-%dT%H:%M:%S.%eZ %v",
                   spdlog::pattern_time_type::utc);
  out->set_level(spdlog_level(level));
  logger() = Logger{std::move(out), json};
}

void set_level(Level level) { logger().out->set_level(spdlog_level(level)); }

bool enabled(Level level) { return logger().out && logger().out->should_log(spdlog_level(level)); }

void write_batched(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  thread_local std::string line;  // keeps its capacity: no allocation per line
  line.clear();
  if (logger().json) {
    append_json(line, level, event, fields);
  } else {
    append_text(line, level, event, fields);
  }
  logger().out->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
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
