// The column types the sandbox's BigQuery knows and the texts their values have: in SQL, in CSV
// and JSON files, and in answers. SQLite holds a BOOLEAN as 0 or 1, a DATE as days and a TIMESTAMP
// as microseconds since 1970, so that comparing and counting need no help.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sandbox {

enum class SqlType { null, integer, floating, string, boolean, date, timestamp };

struct SqlColumn {
  std::string name;
  SqlType type = SqlType::string;
  bool required = false;
  std::string description;
};

// One value as SQLite holds it; monostate is NULL.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string>;

// The name of a type in answers ("INTEGER") and in SQL messages ("INT64").
std::string_view rest_name(SqlType type);
std::string_view sql_name(SqlType type);

// A type by either name, in any case; nullopt for types the sandbox has not got.
std::optional<SqlType> type_by_name(std::string_view name);

// Reads the text of a value as BigQuery's CAST and its loads do; nullopt when it is not one.
std::optional<SqlValue> parse_value(std::string_view text, SqlType type);

// Days since 1970 of "YYYY-MM-DD"; microseconds since 1970 of "YYYY-MM-DD[ T]HH:MM:SS[.ffffff]"
// with an optional zone (UTC without one), or of a date alone.
std::optional<std::int64_t> parse_date(std::string_view text);
std::optional<std::int64_t> parse_timestamp(std::string_view text);

std::string format_date(std::int64_t days);
// "2024-01-02 03:04:05.5+00", as CAST(… AS STRING) has it.
std::string format_timestamp(std::int64_t micros);
// The shortest text that reads back as the same number, in the form of Java, which BigQuery uses
// in answers: "1.0", "1.7041024E9", "NaN".
std::string format_double(double value);

// The "v" of a cell in an answer; only for values that are not NULL. `int64_timestamps` gives
// microseconds as an integer (formatOptions.useInt64Timestamp), else seconds as a float.
std::string format_cell(const SqlValue& value, SqlType type, bool int64_timestamps);

bool is_null(const SqlValue& value);
std::string upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace sandbox
