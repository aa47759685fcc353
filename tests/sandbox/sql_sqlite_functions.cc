// The functions that translated statements call in SQLite: where SQLite's own ones forgive what
// BigQuery refuses (a cast of "abc", a division by zero), or do not exist.
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>

#include "tests/sandbox/sql_functions.h"
#include "tests/sandbox/sql_types.h"

namespace sandbox {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

using Arguments = sqlite3_value**;

bool any_null(int count, Arguments arguments) {
  for (int i = 0; i < count; ++i) {
    if (sqlite3_value_type(arguments[i]) == SQLITE_NULL) return true;
  }
  return false;
}

std::string text_of(sqlite3_value* value) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return bytes == nullptr
             ? ""
             : std::string(bytes, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

void give(sqlite3_context* context, const std::string& text) {
  sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

void fail(sqlite3_context* context, const std::string& message) {
  sqlite3_result_error(context, message.data(), static_cast<int>(message.size()));
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

std::chrono::year_month_day civil(std::int64_t days) {
  return std::chrono::sys_days(std::chrono::days(static_cast<int>(days)));
}

std::int64_t days_of(std::chrono::year_month_day date) {
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// bq_cast(value, from, to, safe): from and to are SqlType numbers.
void cast(sqlite3_context* context, int, Arguments a) {
  if (sqlite3_value_type(a[0]) == SQLITE_NULL) return;
  const auto from = static_cast<SqlType>(sqlite3_value_int(a[1]));
  const auto to = static_cast<SqlType>(sqlite3_value_int(a[2]));
  const bool safe = sqlite3_value_int(a[3]) != 0;
  if (to == SqlType::string) {
    switch (from) {
      case SqlType::boolean: return give(context, sqlite3_value_int(a[0]) != 0 ? "true" : "false");
      case SqlType::date: return give(context, format_date(sqlite3_value_int64(a[0])));
      case SqlType::timestamp: return give(context, format_timestamp(sqlite3_value_int64(a[0])));
      default: break;
    }
    if (sqlite3_value_type(a[0]) != SQLITE_FLOAT) return give(context, text_of(a[0]));
    const double real = sqlite3_value_double(a[0]);
    const bool whole = std::fabs(real) < 1e15 && real == std::trunc(real);
    return give(context,
                whole ? std::to_string(static_cast<std::int64_t>(real)) : format_double(real));
  }
  if (from == SqlType::string) {
    const std::string text = text_of(a[0]);
    const auto value = parse_value(text, to);
    if (!value) {
      if (safe) return;
      return fail(context, "Bad " + std::string(sql_name(to)) + " value: " + text);
    }
    if (const auto* number = std::get_if<std::int64_t>(&*value)) {
      sqlite3_result_int64(context, *number);
    } else {
      sqlite3_result_double(context, std::get<double>(*value));
    }
    return;
  }
  if (from == SqlType::floating && to == SqlType::integer) {
    const double real = std::round(sqlite3_value_double(a[0]));  // halves away from zero
    if (!(real >= -9223372036854775808.0 && real < 9223372036854775808.0)) {
      if (safe) return;
      return fail(context, "Illegal conversion of value " + format_double(real) +
                               " of type FLOAT64 to type INT64");
    }
    sqlite3_result_int64(context, static_cast<std::int64_t>(real));
  } else if (to == SqlType::floating) {
    sqlite3_result_double(context, sqlite3_value_double(a[0]));
  } else if (from == SqlType::date && to == SqlType::timestamp) {
    sqlite3_result_int64(context, sqlite3_value_int64(a[0]) * kMicrosPerDay);
  } else if (from == SqlType::timestamp && to == SqlType::date) {
    sqlite3_result_int64(context, floor_div(sqlite3_value_int64(a[0]), kMicrosPerDay));
  } else if (to == SqlType::boolean) {
    sqlite3_result_int(context, sqlite3_value_int64(a[0]) != 0 ? 1 : 0);
  } else {
    sqlite3_result_value(context, a[0]);
  }
}

void divide(sqlite3_context* context, int count, Arguments a) {
  if (any_null(count, a)) return;
  const double divisor = sqlite3_value_double(a[1]);
  if (divisor == 0) return fail(context, "division by zero: " + text_of(a[0]) + " / 0");
  sqlite3_result_double(context, sqlite3_value_double(a[0]) / divisor);
}

// bq_div and bq_mod; which of them is in the user data.
void integer_divide(sqlite3_context* context, int count, Arguments a) {
  if (any_null(count, a)) return;
  const std::int64_t left = sqlite3_value_int64(a[0]);
  const std::int64_t right = sqlite3_value_int64(a[1]);
  const bool modulo = sqlite3_user_data(context) != nullptr;
  if (right == 0) return fail(context, "division by zero: " + std::to_string(left) + " / 0");
  if (right == -1) {  // the quotient of the smallest number would overflow
    if (modulo) return sqlite3_result_int64(context, 0);
    if (left == INT64_MIN) return fail(context, "int64 overflow: DIV");
    return sqlite3_result_int64(context, -left);
  }
  sqlite3_result_int64(context, modulo ? left % right : left / right);
}

void floor_divide(sqlite3_context* context, int count, Arguments a) {
  if (any_null(count, a)) return;
  sqlite3_result_int64(context, floor_div(sqlite3_value_int64(a[0]), sqlite3_value_int64(a[1])));
}

void math(sqlite3_context* context, int count, Arguments a) {
  if (any_null(count, a)) return;
  const std::string name = text_of(a[0]);
  const double x = sqlite3_value_double(a[1]);
  if (name == "ceil") return sqlite3_result_double(context, std::ceil(x));
  if (name == "floor") return sqlite3_result_double(context, std::floor(x));
  if (name == "exp") return sqlite3_result_double(context, std::exp(x));
  if (name == "sqrt" && x < 0) return fail(context, "Argument to SQRT cannot be negative");
  if (name == "sqrt") return sqlite3_result_double(context, std::sqrt(x));
  if (x <= 0) return fail(context, "Floating point error in function: " + upper(name));
  sqlite3_result_double(context, name == "ln" ? std::log(x) : std::log10(x));
}

void power(sqlite3_context* context, int count, Arguments a) {
  if (any_null(count, a)) return;
  sqlite3_result_double(context, std::pow(sqlite3_value_double(a[0]), sqlite3_value_double(a[1])));
}

std::uint64_t random_bits() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return generator();
}

void random_number(sqlite3_context* context, int, Arguments) {
  sqlite3_result_double(context, static_cast<double>(random_bits() >> 11) * 0x1.0p-53);
}

void uuid(sqlite3_context* context, int, Arguments) {
  const std::uint64_t a = random_bits();
  const std::uint64_t b = random_bits();
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-%04x-%012llx",
                static_cast<unsigned>(a >> 32), static_cast<unsigned>(a >> 16) & 0xFFFF,
                static_cast<unsigned>(a) & 0xFFF,
                (static_cast<unsigned>(b >> 48) & 0x3FFF) | 0x8000,
                static_cast<unsigned long long>(b & 0xFFFFFFFFFFFF));
  give(context, text.data());
}

// bq_extract(micros, part)
void extract(sqlite3_context* context, int count, Arguments a) {
  if (any_null(count, a)) return;
  const std::int64_t micros = sqlite3_value_int64(a[0]);
  const std::string part = text_of(a[1]);
  const std::int64_t days = floor_div(micros, kMicrosPerDay);
  const std::int64_t in_day = micros - days * kMicrosPerDay;
  const auto date = civil(days);
  const auto month = static_cast<unsigned>(date.month());
  std::int64_t value = 0;
  if (part == "YEAR") value = static_cast<int>(date.year());
  if (part == "QUARTER") value = (month + 2) / 3;
  if (part == "MONTH") value = month;
  if (part == "DAY") value = static_cast<unsigned>(date.day());
  if (part == "DAYOFWEEK") value = (days % 7 + 11) % 7 + 1;  // 1970-01-01 was a Thursday: 5
  if (part == "DAYOFYEAR") value = days - days_of(date.year() / 1 / 1) + 1;
  if (part == "HOUR") value = in_day / (3600 * kMicrosPerSecond);
  if (part == "MINUTE") value = in_day / (60 * kMicrosPerSecond) % 60;
  if (part == "SECOND") value = in_day / kMicrosPerSecond % 60;
  if (part == "MILLISECOND") value = in_day / 1000 % 1000;
  if (part == "MICROSECOND") value = in_day % kMicrosPerSecond;
  if (part == "DATE") value = days;
  sqlite3_result_int64(context, value);
}

// bq_trunc(micros, part)
void truncate(sqlite3_context* context, int count, Arguments a) {
  if (any_null(count, a)) return;
  const std::int64_t micros = sqlite3_value_int64(a[0]);
  const std::string part = text_of(a[1]);
  if (const auto unit = part_micros(part); unit && part != "WEEK") {
    return sqlite3_result_int64(context, floor_div(micros, *unit) * *unit);
  }
  const std::int64_t days = floor_div(micros, kMicrosPerDay);
  const auto date = civil(days);
  const unsigned month = static_cast<unsigned>(date.month());
  std::int64_t start = days_of(date.year() / 1 / 1);
  if (part == "MONTH") start = days_of(date.year() / date.month() / 1);
  if (part == "QUARTER") {
    start = days_of(date.year() / std::chrono::month((month - 1) / 3 * 3 + 1) / 1);
  }
  if (part == "WEEK") start = days - (days % 7 + 11) % 7;  // weeks begin on Sunday
  sqlite3_result_int64(context, start * kMicrosPerDay);
}

// bq_add_months(days, months): the last day of the month where the day does not exist there.
void add_months(sqlite3_context* context, int count, Arguments a) {
  if (any_null(count, a)) return;
  const auto date = civil(sqlite3_value_int64(a[0]));
  const auto sum = date + std::chrono::months(sqlite3_value_int(a[1]));
  const auto moved =
      sum.ok() ? sum : std::chrono::year_month_day(sum.year() / sum.month() / std::chrono::last);
  sqlite3_result_int64(context, days_of(moved));
}

// bq_month_number(days): months since the year 0, whose differences are those of BigQuery.
void month_number(sqlite3_context* context, int count, Arguments a) {
  if (any_null(count, a)) return;
  const auto date = civil(sqlite3_value_int64(a[0]));
  sqlite3_result_int64(
      context, static_cast<int>(date.year()) * 12LL + static_cast<unsigned>(date.month()) - 1);
}

// bq_format(form, micros) by strftime; %E4Y and the other E forms are BigQuery's own.
void format(sqlite3_context* context, int count, Arguments a) {
  if (any_null(count, a)) return;
  const std::string form = text_of(a[0]);
  if (form.find("%E") != std::string::npos || form.find("%O") != std::string::npos) {
    return fail(context, "The sandbox does not know %E and %O in a format");
  }
  const std::time_t seconds =
      static_cast<std::time_t>(floor_div(sqlite3_value_int64(a[1]), kMicrosPerSecond));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::string text(form.size() * 32 + 32, '\0');
  text.resize(std::strftime(text.data(), text.size(), form.c_str(), &parts));
  give(context, text);
}

using Callback = void (*)(sqlite3_context*, int, Arguments);
struct Definition {
  const char* name;
  int arguments;
  Callback call;
  bool flag = false;  // tells bq_mod from bq_div
  bool deterministic = true;
};
constexpr std::array kDefinitions = {
    Definition{"bq_cast", 4, cast},
    Definition{"bq_divide", 2, divide},
    Definition{"bq_div", 2, integer_divide},
    Definition{"bq_mod", 2, integer_divide, true},
    Definition{"bq_floor_div", 2, floor_divide},
    Definition{"bq_math", 2, math},
    Definition{"bq_power", 2, power},
    Definition{"bq_random", 0, random_number, false, false},
    Definition{"bq_uuid", 0, uuid, false, false},
    Definition{"bq_extract", 2, extract},
    Definition{"bq_trunc", 2, truncate},
    Definition{"bq_add_months", 2, add_months},
    Definition{"bq_month_number", 1, month_number},
    Definition{"bq_format", 2, format},
};

}  // namespace

std::optional<std::int64_t> part_micros(std::string_view part) {
  if (part == "MICROSECOND") return 1;
  if (part == "MILLISECOND") return 1000;
  if (part == "SECOND") return kMicrosPerSecond;
  if (part == "MINUTE") return 60 * kMicrosPerSecond;
  if (part == "HOUR") return 3600 * kMicrosPerSecond;
  if (part == "DAY") return kMicrosPerDay;
  if (part == "WEEK") return 7 * kMicrosPerDay;
  return std::nullopt;
}

bool can_extract(std::string_view part) {
  return part == "YEAR" || part == "QUARTER" || part == "MONTH" || part == "DAYOFWEEK" ||
         part == "DAYOFYEAR" || part == "DATE" || (part != "WEEK" && part_micros(part));
}

bool can_truncate(std::string_view part) {
  return part == "YEAR" || part == "QUARTER" || part == "MONTH" || part_micros(part);
}

void add_sqlite_functions(sqlite3* database) {
  static int marker = 0;
  for (const Definition& f : kDefinitions) {
    const int flags = SQLITE_UTF8 | (f.deterministic ? SQLITE_DETERMINISTIC : 0);
    const int result = sqlite3_create_function(
        database, f.name, f.arguments, flags, f.flag ? &marker : nullptr, f.call, nullptr, nullptr);
    if (result != SQLITE_OK) throw std::runtime_error(std::string("cannot add ") + f.name);
  }
}

}  // namespace sandbox
