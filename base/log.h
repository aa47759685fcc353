// Structured log lines on stderr: an event of a closed list and its fields, as text or JSON.
// spdlog stays inside log.cc. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <string_view>
#include <type_traits>

namespace wif {
class Secret;
}

namespace wif::log {

enum class Level { kTrace, kDebug, kInfo, kWarn, kError };

// A key in snake_case and its value. There is deliberately no way to log a Secret.
struct Field {
  enum class Kind { kText, kInteger, kBoolean, kMilliseconds };
  Field(std::string_view key_in, std::string_view value) : key(key_in), text(value) {}
  Field(std::string_view key_in, const char* value) : key(key_in), text(value) {}
  Field(std::string_view key_in, bool value)
      : key(key_in), kind(Kind::kBoolean), number(value ? 1 : 0) {}
  template <typename T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
      Field(std::string_view key_in, T value)
      : key(key_in), kind(Kind::kInteger), number(static_cast<std::int64_t>(value)) {}
  Field(std::string_view key_in, std::chrono::nanoseconds value)
      : key(key_in),
        kind(Kind::kMilliseconds),
        number(std::chrono::duration_cast<std::chrono::milliseconds>(value).count()) {}
  Field(std::string_view, const Secret&) = delete;

  std::string_view key;
  Kind kind = Kind::kText;
  std::string_view text{};
  std::int64_t number = 0;
};

using Fields = std::initializer_list<Field>;

// Called once, before threads start. `json` false = text.
void configure(Level level, bool json);
// Another level from now on. After configure(); thread-safe.
void set_level(Level level);
bool enabled(Level level);

// Control bytes and non-ASCII are escaped, a text value is cut at 256 octets, values with
// spaces are quoted, a field with an empty text is left out.
void write(Level level, std::string_view event, Fields fields);
// The same for lines that come with every request: it waits for others, and is written with the
// next line of write(), when 16 KiB are waiting, or by flush() (the server calls it each second).
void write_batched(Level level, std::string_view event, Fields fields);
inline void debug(std::string_view event, Fields fields) { write(Level::kDebug, event, fields); }
inline void info(std::string_view event, Fields fields) { write(Level::kInfo, event, fields); }
inline void warn(std::string_view event, Fields fields) { write(Level::kWarn, event, fields); }
inline void error(std::string_view event, Fields fields) { write(Level::kError, event, fields); }

// What a coroutine threw that nobody awaits, as the event "internal"; nothing for null. Such a
// coroutine ends with it, the others go on.
void internal_error(const std::exception_ptr& failure) noexcept;

void flush();

}  // namespace wif::log
