#include "tests/sandbox/sql_types.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <system_error>
#include <utility>

namespace sandbox {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

struct TypeName {
  std::string_view name;
  SqlType type;
};
constexpr std::array kTypeNames = {
    TypeName{"INTEGER", SqlType::integer},    TypeName{"INT64", SqlType::integer},
    TypeName{"INT", SqlType::integer},        TypeName{"BIGINT", SqlType::integer},
    TypeName{"FLOAT", SqlType::floating},     TypeName{"FLOAT64", SqlType::floating},
    TypeName{"STRING", SqlType::string},      TypeName{"BOOLEAN", SqlType::boolean},
    TypeName{"BOOL", SqlType::boolean},       TypeName{"DATE", SqlType::date},
    TypeName{"TIMESTAMP", SqlType::timestamp}};

// Reads fixed-width and free-width decimal fields from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }
  char peek() const { return text_.empty() ? '\0' : text_.front(); }
  std::string_view rest() const { return text_; }

  bool skip(char c) {
    if (peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  // A number of `least` to `most` digits.
  std::optional<int> number(std::size_t least, std::size_t most) {
    std::size_t n = 0;
    int value = 0;
    while (n < most && n < text_.size() && text_[n] >= '0' && text_[n] <= '9') {
      value = value * 10 + (text_[n] - '0');
      ++n;
    }
    if (n < least) return std::nullopt;
    text_.remove_prefix(n);
    return value;
  }

 private:
  std::string_view text_;
};

std::optional<std::int64_t> scan_date(Scanner& in) {
  const auto year = in.number(4, 4);
  if (!year || !in.skip('-')) return std::nullopt;
  const auto month = in.number(1, 2);
  if (!month || !in.skip('-')) return std::nullopt;
  const auto day = in.number(1, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// Microseconds since midnight of "HH:MM:SS[.ffffff]".
std::optional<std::int64_t> scan_time(Scanner& in) {
  const auto hour = in.number(1, 2);
  if (!hour || *hour > 23 || !in.skip(':')) return std::nullopt;
  const auto minute = in.number(1, 2);
  if (!minute || *minute > 59 || !in.skip(':')) return std::nullopt;
  const auto second = in.number(1, 2);
  if (!second || *second > 59) return std::nullopt;
  std::int64_t micros = ((*hour * 60LL + *minute) * 60 + *second) * kMicrosPerSecond;
  if (in.skip('.')) {
    const std::size_t before = in.rest().size();
    const auto fraction = in.number(1, 6);
    if (!fraction) return std::nullopt;
    std::int64_t scaled = *fraction;
    for (std::size_t digits = before - in.rest().size(); digits < 6; ++digits) scaled *= 10;
    micros += scaled;
  }
  return micros;
}

// What to add to UTC to get the zone's time, in microseconds.
std::optional<std::int64_t> scan_zone(Scanner& in) {
  in.skip(' ');
  if (in.done()) return 0;
  if (in.rest() == "UTC" || in.rest() == "Z" || in.rest() == "z") {
    in = Scanner("");
    return 0;
  }
  const bool negative = in.peek() == '-';
  if (!in.skip('-') && !in.skip('+')) return std::nullopt;
  const auto hours = in.number(1, 2);
  if (!hours || *hours > 14) return std::nullopt;
  int minutes = 0;
  if (in.skip(':')) {
    const auto given = in.number(2, 2);
    if (!given || *given > 59) return std::nullopt;
    minutes = *given;
  }
  const std::int64_t offset = (*hours * 60LL + minutes) * 60 * kMicrosPerSecond;
  return negative ? -offset : offset;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::optional<SqlValue> parse_integer(const std::string& text) {
  std::string_view digits = text;
  int base = 10;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  }
  if (digits.starts_with('-') || digits.empty()) return std::nullopt;
  const std::string signed_text = (negative ? "-" : "") + std::string(digits);
  std::int64_t value = 0;
  const char* end = signed_text.data() + signed_text.size();
  const auto [stop, error] = std::from_chars(signed_text.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<SqlValue> parse_float(const std::string& text) {
  const std::string name = upper(text);
  const bool negative = name.starts_with('-');
  std::string_view rest = name;
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "INF" || rest == "INFINITY") return negative ? -HUGE_VAL : HUGE_VAL;
  if (rest == "NAN") return std::nan("");
  if (rest.empty() || !(rest[0] == '.' || (rest[0] >= '0' && rest[0] <= '9'))) return std::nullopt;
  double value = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc() || stop != rest.data() + rest.size()) return std::nullopt;
  return negative ? -value : value;
}

}  // namespace

std::string_view rest_name(SqlType type) {
  switch (type) {
    case SqlType::null:
    case SqlType::integer: return "INTEGER";
    case SqlType::floating: return "FLOAT";
    case SqlType::string: return "STRING";
    case SqlType::boolean: return "BOOLEAN";
    case SqlType::date: return "DATE";
    case SqlType::timestamp: return "TIMESTAMP";
  }
  return "";
}

std::string_view sql_name(SqlType type) {
  switch (type) {
    case SqlType::null:
    case SqlType::integer: return "INT64";
    case SqlType::floating: return "FLOAT64";
    case SqlType::boolean: return "BOOL";
    default: return rest_name(type);
  }
}

std::optional<SqlType> type_by_name(std::string_view name) {
  for (const TypeName& entry : kTypeNames) {
    if (equal_ignoring_case(entry.name, name)) return entry.type;
  }
  return std::nullopt;
}

std::optional<SqlValue> parse_value(std::string_view text, SqlType type) {
  const auto number = [](std::optional<std::int64_t> n) -> std::optional<SqlValue> {
    if (!n) return std::nullopt;
    return *n;
  };
  switch (type) {
    case SqlType::null: return std::optional<SqlValue>(std::in_place);
    case SqlType::string: return std::string(text);
    case SqlType::integer: return parse_integer(trimmed(text));
    case SqlType::floating: return parse_float(trimmed(text));
    case SqlType::date: return number(parse_date(trimmed(text)));
    case SqlType::timestamp: return number(parse_timestamp(trimmed(text)));
    case SqlType::boolean: {
      const std::string word = upper(trimmed(text));
      if (word == "TRUE") return std::int64_t{1};
      if (word == "FALSE") return std::int64_t{0};
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  Scanner in(text);
  const auto days = scan_date(in);
  if (!in.done()) return std::nullopt;
  return days;
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  Scanner in(text);
  const auto days = scan_date(in);
  if (!days) return std::nullopt;
  std::int64_t micros = *days * kMicrosPerDay;
  const std::string_view rest = in.rest();
  const bool has_time = rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9' &&
                        (in.skip('T') || in.skip('t') || in.skip(' '));
  if (has_time) {
    const auto time = scan_time(in);
    if (!time) return std::nullopt;
    micros += *time;
  }
  const auto offset = scan_zone(in);
  if (!offset || !in.done()) return std::nullopt;
  return micros - *offset;
}

std::string format_date(std::int64_t days) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(days)))};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::string format_timestamp(std::int64_t micros) {
  const std::int64_t days = floor_div(micros, kMicrosPerDay);
  const std::int64_t in_day = micros - days * kMicrosPerDay;
  const int seconds = static_cast<int>(in_day / kMicrosPerSecond);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), " %02d:%02d:%02d", seconds / 3600, seconds / 60 % 60,
                seconds % 60);
  std::string result = format_date(days) + text.data();
  if (const int fraction = static_cast<int>(in_day % kMicrosPerSecond); fraction != 0) {
    std::snprintf(text.data(), text.size(), ".%06d", fraction);
    result += text.data();
    result.erase(result.find_last_not_of('0') + 1);
  }
  return result + "+00";
}

std::string format_double(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  std::array<char, 64> buffer{};
  const double size = std::fabs(value);
  // Java writes plain decimals in this range only.
  const bool plain = value == 0 || (size >= 1e-3 && size < 1e7);
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  const std::string text(buffer.data(), end.ptr);
  if (plain) return text.find('.') == std::string::npos ? text + ".0" : text;
  const auto e = text.find('e');
  std::string mantissa = text.substr(0, e);
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  return mantissa + "E" + std::to_string(std::stoi(text.substr(e + 1)));
}

std::string format_cell(const SqlValue& value, SqlType type, bool int64_timestamps) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* real = std::get_if<double>(&value)) return format_double(*real);
  const std::int64_t number = std::get<std::int64_t>(value);
  switch (type) {
    case SqlType::boolean: return number != 0 ? "true" : "false";
    case SqlType::date: return format_date(number);
    case SqlType::floating: return format_double(static_cast<double>(number));
    case SqlType::timestamp:
      if (int64_timestamps) return std::to_string(number);
      return format_double(static_cast<double>(number) / static_cast<double>(kMicrosPerSecond));
    default: return std::to_string(number);
  }
}

bool is_null(const SqlValue& value) { return std::holds_alternative<std::monostate>(value); }

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && upper(a) == upper(b);
}

}  // namespace sandbox
