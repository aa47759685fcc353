#include "tests/sandbox/sql_functions.h"

#include <array>
#include <cstdint>

namespace sandbox {
namespace {

using Kind = SqlFunction::Kind;
using Gives = SqlFunction::Gives;

constexpr Kind kScalar = Kind::scalar;
constexpr Kind kAggregate = Kind::aggregate;
constexpr Kind kWindow = Kind::window;

// max and min of one argument would be aggregates in SQLite: hence the first one twice.
constexpr std::array kFunctions = {
    SqlFunction{"ABS", kScalar, "n", Gives::first, "abs($1)"},
    SqlFunction{"CEIL", kScalar, "n", Gives::floating, "bq_math('ceil', $1)"},
    SqlFunction{"CEILING", kScalar, "n", Gives::floating, "bq_math('ceil', $1)"},
    SqlFunction{"FLOOR", kScalar, "n", Gives::floating, "bq_math('floor', $1)"},
    SqlFunction{"SQRT", kScalar, "n", Gives::floating, "bq_math('sqrt', $1)"},
    SqlFunction{"EXP", kScalar, "n", Gives::floating, "bq_math('exp', $1)"},
    SqlFunction{"LN", kScalar, "n", Gives::floating, "bq_math('ln', $1)"},
    SqlFunction{"LOG10", kScalar, "n", Gives::floating, "bq_math('log10', $1)"},
    SqlFunction{"POW", kScalar, "nn", Gives::floating, "bq_power($1, $2)"},
    SqlFunction{"POWER", kScalar, "nn", Gives::floating, "bq_power($1, $2)"},
    SqlFunction{"ROUND", kScalar, "n?i", Gives::floating, "round($*)"},
    SqlFunction{"MOD", kScalar, "ii", Gives::integer, "bq_mod($1, $2)"},
    SqlFunction{"DIV", kScalar, "ii", Gives::integer, "bq_div($1, $2)"},
    SqlFunction{"SAFE_DIVIDE", kScalar, "nn", Gives::floating, "(CAST($1 AS REAL) / $2)"},
    SqlFunction{"GREATEST", kScalar, "c+", Gives::common, "max($1, $*)"},
    SqlFunction{"LEAST", kScalar, "c+", Gives::common, "min($1, $*)"},
    SqlFunction{"RAND", kScalar, "", Gives::floating, "bq_random()"},
    SqlFunction{"LENGTH", kScalar, "s", Gives::integer, "length($1)"},
    SqlFunction{"CHAR_LENGTH", kScalar, "s", Gives::integer, "length($1)"},
    SqlFunction{"LOWER", kScalar, "s", Gives::string, "lower($1)"},
    SqlFunction{"UPPER", kScalar, "s", Gives::string, "upper($1)"},
    SqlFunction{"TRIM", kScalar, "s?s", Gives::string, "trim($*)"},
    SqlFunction{"LTRIM", kScalar, "s?s", Gives::string, "ltrim($*)"},
    SqlFunction{"RTRIM", kScalar, "s?s", Gives::string, "rtrim($*)"},
    SqlFunction{"REPLACE", kScalar, "sss", Gives::string, "replace($*)"},
    SqlFunction{"SUBSTR", kScalar, "si?i", Gives::string, "substr($*)"},
    SqlFunction{"SUBSTRING", kScalar, "si?i", Gives::string, "substr($*)"},
    SqlFunction{"STRPOS", kScalar, "ss", Gives::integer, "instr($1, $2)"},
    SqlFunction{"CONCAT", kScalar, "s+", Gives::string, "($|)"},
    SqlFunction{"STARTS_WITH", kScalar, "ss", Gives::boolean, "(substr($1, 1, length($2)) = $2)"},
    SqlFunction{"ENDS_WITH", kScalar, "ss", Gives::boolean,
                "(length($1) >= length($2) AND substr($1, length($1) - length($2) + 1) = $2)"},
    SqlFunction{"COALESCE", kScalar, "c+", Gives::common, "coalesce($*, NULL)"},
    SqlFunction{"IFNULL", kScalar, "cc", Gives::common, "ifnull($1, $2)"},
    SqlFunction{"NULLIF", kScalar, "cc", Gives::common, "nullif($1, $2)"},
    SqlFunction{"IF", kScalar, "bcc", Gives::common, "iif($1, $2, $3)"},
    SqlFunction{"GENERATE_UUID", kScalar, "", Gives::string, "bq_uuid()"},
    SqlFunction{"UNIX_SECONDS", kScalar, "t", Gives::integer, "bq_floor_div($1, 1000000)"},
    SqlFunction{"UNIX_MILLIS", kScalar, "t", Gives::integer, "bq_floor_div($1, 1000)"},
    SqlFunction{"UNIX_MICROS", kScalar, "t", Gives::integer, "$1"},
    SqlFunction{"UNIX_DATE", kScalar, "d", Gives::integer, "$1"},
    SqlFunction{"TIMESTAMP_SECONDS", kScalar, "i", Gives::timestamp, "($1 * 1000000)"},
    SqlFunction{"TIMESTAMP_MILLIS", kScalar, "i", Gives::timestamp, "($1 * 1000)"},
    SqlFunction{"TIMESTAMP_MICROS", kScalar, "i", Gives::timestamp, "$1"},
    SqlFunction{"DATE_FROM_UNIX_DATE", kScalar, "i", Gives::date, "$1"},
    SqlFunction{"FORMAT_DATE", kScalar, "sd", Gives::string, "bq_format($1, $2 * 86400000000)"},
    SqlFunction{"FORMAT_TIMESTAMP", kScalar, "st", Gives::string, "bq_format($1, $2)"},

    SqlFunction{"COUNT", kAggregate, "*", Gives::integer, "count($1)"},
    SqlFunction{"COUNTIF", kAggregate, "b", Gives::integer, "count(nullif($1, 0))"},
    SqlFunction{"SUM", kAggregate, "n", Gives::first, "sum($1)"},
    SqlFunction{"AVG", kAggregate, "n", Gives::floating, "avg($1)"},
    SqlFunction{"MIN", kAggregate, "*", Gives::first, "min($1)"},
    SqlFunction{"MAX", kAggregate, "*", Gives::first, "max($1)"},
    SqlFunction{"ANY_VALUE", kAggregate, "*", Gives::first, "min($1)"},
    SqlFunction{"LOGICAL_AND", kAggregate, "b", Gives::boolean, "min($1)"},
    SqlFunction{"LOGICAL_OR", kAggregate, "b", Gives::boolean, "max($1)"},
    SqlFunction{"STRING_AGG", kAggregate, "s?s", Gives::string, "group_concat($*)"},

    SqlFunction{"ROW_NUMBER", kWindow, "", Gives::integer, "row_number()"},
    SqlFunction{"RANK", kWindow, "", Gives::integer, "rank()"},
    SqlFunction{"DENSE_RANK", kWindow, "", Gives::integer, "dense_rank()"},
    SqlFunction{"PERCENT_RANK", kWindow, "", Gives::floating, "percent_rank()"},
    SqlFunction{"CUME_DIST", kWindow, "", Gives::floating, "cume_dist()"},
    SqlFunction{"NTILE", kWindow, "i", Gives::integer, "ntile($1)"},
    SqlFunction{"LAG", kWindow, "*?i*", Gives::first, "lag($*)"},
    SqlFunction{"LEAD", kWindow, "*?i*", Gives::first, "lead($*)"},
    SqlFunction{"FIRST_VALUE", kWindow, "*", Gives::first, "first_value($1)"},
    SqlFunction{"LAST_VALUE", kWindow, "*", Gives::first, "last_value($1)"},
};

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
  std::string result;
  for (const std::string& text : texts) {
    if (!result.empty()) result += separator;
    result += text;
  }
  return result;
}

}  // namespace

const SqlFunction* find_function(std::string_view name) {
  for (const SqlFunction& function : kFunctions) {
    if (equal_ignoring_case(function.name, name)) return &function;
  }
  return nullptr;
}

std::string fill_template(std::string_view form, const std::vector<std::string>& arguments) {
  std::string result;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] != '$') {
      result += form[i];
      continue;
    }
    const char which = form[++i];
    if (which == '*') {
      result += joined(arguments, ", ");
    } else if (which == '|') {
      result += joined(arguments, " || ");
    } else {
      result += arguments.at(static_cast<std::size_t>(which - '1'));
    }
  }
  return result;
}

}  // namespace sandbox
