#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>
#include <string>

namespace wif::log {
namespace {

constexpr std::size_t kMaxValueBytes = 256;
constexpr std::size_t kBufferBytes = 64u << 10;

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
  for (const char c : value.substr(0, kMaxValueBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += {'\\', c};
    } else if (byte < 0x20 || byte >= 0x7f) {
      line += "\\u00";
      line += {kHex[byte >> 4], kHex[byte & 15]};
    } else {
      line += c;
    }
  }
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=") != std::string_view::npos;
}

void append_value(std::string& line, const Field& field, bool json) {
  switch (field.kind) {
    case Field::Kind::kBoolean: line += field.number != 0 ? "true" : "false"; return;
    case Field::Kind::kInteger: line += std::to_string(field.number); return;
    case Field::Kind::kMilliseconds:
      line += json ? std::to_string(field.number) : std::to_string(field.number) + "ms";
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
  // stderr is made fully buffered: one write(2) for many lines. spdlog flushes it at warn.
  static char buffer[kBufferBytes];
  std::setvbuf(stderr, buffer, _IOFBF, sizeof buffer);
  auto out = std::make_shared<spdlog::logger>("wif-proxy",
                                              std::make_shared<spdlog::sinks::stderr_sink_mt>());
  out->set_pattern(json ? "{\"ts\":\"%Y-%m-%dT%H:%M:%S.%eZ\",%v" : "%Y-%m-%dT%H:%M:%S.%eZ %v",
                   spdlog::pattern_time_type::utc);
  out->set_level(spdlog_level(level));
  out->flush_on(spdlog::level::warn);
  logger() = Logger{std::move(out), json};
}

void set_level(Level level) { logger().out->set_level(spdlog_level(level)); }

bool enabled(Level level) { return logger().out && logger().out->should_log(spdlog_level(level)); }

void write(Level level, std::string_view event, Fields fields) {
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
