#include "auth/expiry.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"

namespace wif::auth {
namespace {

using std::chrono::seconds;

constexpr seconds kLongestLife{12 * 3600};
// The end of the year 9999: beyond it a number is not a time, and time_point would overflow.
constexpr std::int64_t kLatest = 253'402'300'799;

// Takes `digits` decimal digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  const auto value = parse_decimal<int>(text.substr(0, digits));
  if (value) text.remove_prefix(digits);
  return value;
}

// Takes one of `characters` off the front of `text`; '\0' when it is another one.
char take_one_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return '\0';
  const char taken = text.front();
  text.remove_prefix(1);
  return taken;
}

struct Civil {
  int year, month, day, hour, minute, second;
};

std::optional<SystemTime> from_civil(const Civil& civil) {
  const std::chrono::year_month_day date{std::chrono::year(civil.year),
                                         std::chrono::month(static_cast<unsigned>(civil.month)),
                                         std::chrono::day(static_cast<unsigned>(civil.day))};
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 59) return std::nullopt;
  return SystemTime(std::chrono::sys_days(date)) + std::chrono::hours(civil.hour) +
         std::chrono::minutes(civil.minute) + seconds(civil.second);
}

// "+09:00", "Z".
std::optional<seconds> take_offset(std::string_view& text) {
  const char sign = take_one_of(text, "Zz+-");
  if (sign == '\0') return std::nullopt;
  if (sign == 'Z' || sign == 'z') return seconds(0);
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || take_one_of(text, ":") == '\0') return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const seconds offset{*hours * 3600 + *minutes * 60};
  return sign == '-' ? -offset : offset;
}

bool skip_fraction(std::string_view& text) {
  if (take_one_of(text, ".") == '\0') return true;
  const std::size_t before = text.size();
  while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
  return text.size() < before;
}

std::optional<SystemTime> parse_rfc3339(std::string_view text) {
  constexpr std::array<std::pair<std::size_t, std::string_view>, 6> kFields{
      {{4, "-"}, {2, "-"}, {2, "Tt"}, {2, ":"}, {2, ":"}, {2, ""}}};
  std::array<int, 6> values{};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const auto value = take_number(text, kFields[i].first);
    if (!value) return std::nullopt;
    values[i] = *value;
    const std::string_view separator = kFields[i].second;
    if (!separator.empty() && take_one_of(text, separator) == '\0') return std::nullopt;
  }
  if (!skip_fraction(text)) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const auto local = from_civil({values[0], values[1], values[2], values[3], values[4], values[5]});
  if (!local) return std::nullopt;
  return *local - *offset;
}

}  // namespace

std::optional<SystemTime> parse_timestamp(std::string_view text) {
  if (const auto time = parse_rfc3339(text)) return time;
  const auto number = parse_decimal<std::int64_t>(text.substr(0, text.find('.')));
  if (!number || *number > kLatest) return std::nullopt;
  if (const auto point = text.find('.'); point != std::string_view::npos) {
    std::string_view fraction = text.substr(point);
    if (!skip_fraction(fraction) || !fraction.empty()) return std::nullopt;
  }
  return SystemTime(seconds(*number));
}

std::optional<seconds> parse_expires_in(std::string_view text) {
  const auto value = parse_decimal<std::int64_t>(text);
  if (!value || *value <= 0) return std::nullopt;
  return std::min(seconds(*value), kLongestLife);
}

std::optional<SystemTime> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // 0123456789012345678901234567 8
  // Tue, 22 Nov 2022 03:04:05 GMT
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT" ||
      text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':') {
    return std::nullopt;
  }
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = parse_decimal<int>(text.substr(5, 2));
  const auto year = parse_decimal<int>(text.substr(12, 4));
  const auto hour = parse_decimal<int>(text.substr(17, 2));
  const auto minute = parse_decimal<int>(text.substr(20, 2));
  const auto second = parse_decimal<int>(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const int month_number = static_cast<int>(month - kMonths.begin()) + 1;
  return from_civil({*year, month_number, *day, *hour, *minute, *second});
}

std::string amz_date(SystemTime time) {
  const auto whole = std::chrono::floor<seconds>(time);
  const auto midnight = std::chrono::floor<std::chrono::days>(whole);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{whole - midnight};
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::int64_t unix_seconds(SystemTime time) {
  return std::chrono::floor<seconds>(time).time_since_epoch().count();
}

}  // namespace wif::auth
