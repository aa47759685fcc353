#include "base/log_line.h"

#include <array>
#include <charconv>
#include <iterator>
#include <system_error>

namespace wif::log {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxValueBytes = 256;

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

enum Byte : std::uint8_t { kPlain = 0, kQuoted = 1, kEscaped = 2 };

// Both formats use JSON's escapes, so that a value can never start a line of its own.
constexpr auto kBytes = [] {
  std::array<std::uint8_t, 256> bytes{};
  for (std::size_t c = 0; c < bytes.size(); ++c)
    bytes[c] = c < 0x20 || c >= 0x7f ? kEscaped : kPlain;
  bytes['\\'] = kEscaped;
  bytes['"'] = kEscaped | kQuoted;
  bytes[' '] = bytes['='] = kQuoted;
  return bytes;
}();

std::uint8_t kind_of(char c) { return kBytes[static_cast<unsigned char>(c)]; }

// A text that is empty says nothing.
bool is_left_out(const Field& field) {
  return field.kind == Field::Kind::kText && field.text.empty();
}

}  // namespace

void Line::add(std::int64_t number) {
  const auto made = std::to_chars(text_ + size_, std::end(text_), number);
  if (made.ec == std::errc()) size_ = static_cast<std::size_t>(made.ptr - text_);
}

void Line::add_escaped(std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((kind_of(c) & kEscaped) == 0) {
      add(c);
    } else if (c == '"' || c == '\\') {
      add('\\');
      add(c);
    } else {
      add("\\u00"sv);
      add(kHex[byte >> 4]);
      add(kHex[byte & 15]);
    }
  }
}

void Line::add_value(std::string_view value, bool json) {
  value = value.substr(0, kMaxValueBytes);
  std::uint8_t kinds = kPlain;
  for (const char c : value) kinds |= kind_of(c);
  const bool quoted = json || (kinds & kQuoted) != 0;
  if (quoted) add('"');
  if ((kinds & kEscaped) != 0) {
    add_escaped(value);
  } else {
    add(value);
  }
  if (quoted) add('"');
}

void Line::add_value(const Field& field, bool json) {
  switch (field.kind) {
    case Field::Kind::kText: add_value(field.text, json); return;
    case Field::Kind::kBoolean: add(field.number != 0 ? "true"sv : "false"sv); return;
    case Field::Kind::kInteger: add(field.number); return;
    case Field::Kind::kMilliseconds:
      add(field.number);
      if (!json) add("ms"sv);
      return;
  }
}

void Line::write_json(Level level, std::string_view event, Fields fields) {
  size_ = 0;
  for (const std::string_view part :
       {"\"level\":\""sv, name_of(level), "\",\"event\":\""sv, event}) {
    add(part);
  }
  add('"');
  for (const Field& field : fields) {
    if (is_left_out(field)) continue;
    add(",\""sv);
    add(field.key);
    add(field.kind == Field::Kind::kMilliseconds ? "_ms\":"sv : "\":"sv);
    add_value(field, true);
  }
  add('}');
}

void Line::write_text(Level level, std::string_view event, Fields fields) {
  size_ = 0;
  constexpr std::string_view kColumn = "      ";
  add(name_of(level));
  add(kColumn.substr(name_of(level).size()));
  add(event);
  for (const Field& field : fields) {
    if (is_left_out(field)) continue;
    add(' ');
    add(field.key);
    add('=');
    add_value(field, false);
  }
}

}  // namespace wif::log
