// Function calls: those of the table, and those with a syntax of their own (CAST, EXTRACT, …).
#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/sql_parser.h"

namespace sandbox {
namespace {

bool fits(char letter, SqlType type) {
  if (type == SqlType::null || letter == '*' || letter == 'c') return true;
  switch (letter) {
    case 'n': return type == SqlType::integer || type == SqlType::floating;
    case 'i': return type == SqlType::integer;
    case 's': return type == SqlType::string;
    case 'b': return type == SqlType::boolean;
    case 'd': return type == SqlType::date;
    default: return type == SqlType::timestamp;
  }
}

// The letter for the argument of that number; '\0' where the function takes no more.
char letter_for(std::string_view takes, std::size_t index) {
  std::string letters;
  for (const char c : takes) {
    if (c != '?' && c != '+') letters += c;
  }
  if (index < letters.size()) return letters[index];
  return takes.ends_with('+') ? letters.back() : '\0';
}

std::size_t least_arguments(std::string_view takes) {
  const auto optional = takes.find('?');
  if (optional != std::string_view::npos) return optional;
  return takes.ends_with('+') ? takes.size() - 1 : takes.size();
}

[[noreturn]] void no_signature(const SqlToken& name, const std::vector<SqlExpression>& arguments) {
  std::string types;
  for (const SqlExpression& argument : arguments) {
    types += (types.empty() ? "" : ", ") + std::string(sql_name(argument.type));
  }
  throw invalid_query("No matching signature for function " + name.key +
                      " for argument types: " + (types.empty() ? "()" : types) + position_of(name));
}

SqlExpression constant(std::string sql, SqlType type) {
  SqlExpression result;
  result.sql = std::move(sql);
  result.type = type;
  return result;
}

constexpr std::string_view kMicrosPerDay = "86400000000";

// A DATE or TIMESTAMP as microseconds.
std::string micros_of(const SqlExpression& value) {
  if (value.type == SqlType::date)
    return "(" + value.sql + " * " + std::string(kMicrosPerDay) + ")";
  return value.sql;
}

}  // namespace

SqlExpression SqlParser::call(const SqlScope& scope) {
  const SqlToken name = take();
  expect("(");
  if (const SqlFunction* function = find_function(name.key)) {
    return table_call(scope, *function, name);
  }
  return special_call(scope, name);
}

SqlExpression SqlParser::special_call(const SqlScope& scope, const SqlToken& name) {
  const std::string& key = name.key;
  if (key == "CAST" || key == "SAFE_CAST") return cast_call(scope, key == "SAFE_CAST");
  if (key == "EXTRACT") return extract_call(scope);
  if (key == "DATE") return date_call(scope, SqlType::date);
  if (key == "TIMESTAMP") return date_call(scope, SqlType::timestamp);
  if (key == "DATE_ADD") return add_call(scope, SqlType::date, false);
  if (key == "DATE_SUB") return add_call(scope, SqlType::date, true);
  if (key == "TIMESTAMP_ADD") return add_call(scope, SqlType::timestamp, false);
  if (key == "TIMESTAMP_SUB") return add_call(scope, SqlType::timestamp, true);
  if (key == "DATE_DIFF") return diff_call(scope, SqlType::date);
  if (key == "TIMESTAMP_DIFF") return diff_call(scope, SqlType::timestamp);
  if (key == "DATE_TRUNC") return trunc_call(scope, SqlType::date);
  if (key == "TIMESTAMP_TRUNC") return trunc_call(scope, SqlType::timestamp);
  const std::int64_t now = context_.now_micros;
  if (key == "CURRENT_TIMESTAMP") {
    expect(")");
    return constant(std::to_string(now), SqlType::timestamp);
  }
  if (key == "CURRENT_DATE") {
    if (!accept(")")) fail("The sandbox knows CURRENT_DATE in UTC only", peek());
    return constant(std::to_string(now / 86'400'000'000), SqlType::date);
  }
  fail("Function not found (or not one of the sandbox's): " + name.text, name);
}

SqlExpression SqlParser::table_call(const SqlScope& scope, const SqlFunction& function,
                                    const SqlToken& name) {
  SqlExpression result;
  const bool distinct = function.kind == SqlFunction::Kind::aggregate && accept("DISTINCT");
  std::vector<SqlExpression> arguments;
  if (function.name == "COUNT" && accept("*")) {
    arguments.push_back(constant("*", SqlType::integer));
  } else if (!at(")")) {
    do {
      arguments.push_back(expression(scope));
    } while (accept(","));
  }
  if (at("ORDER") || at("LIMIT") || at("IGNORE") || at("RESPECT")) {
    fail("The sandbox does not know " + peek().key + " inside of a call", peek());
  }
  expect(")");
  if (arguments.size() < least_arguments(function.takes)) no_signature(name, arguments);
  std::vector<SqlExpression> alike;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const char letter = letter_for(function.takes, i);
    if (letter == '\0') no_signature(name, arguments);
    if (letter == 'd')
      arguments[i] =
          arguments[i].text_literal ? converted(arguments[i], SqlType::date, name) : arguments[i];
    if (letter == 't' && arguments[i].text_literal) {
      arguments[i] = converted(arguments[i], SqlType::timestamp, name);
    }
    if (!fits(letter, arguments[i].type)) no_signature(name, arguments);
    if (letter == 'c') alike.push_back(arguments[i]);
    if (function.kind == SqlFunction::Kind::aggregate && arguments[i].aggregate) {
      fail("Aggregations of aggregations are not allowed", name);
    }
  }
  const SqlType common = common_type(alike, function.name, name);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    absorb(result, arguments[i]);
    const bool alike_one = letter_for(function.takes, i) == 'c';
    texts.push_back(alike_one ? converted(arguments[i], common, name).sql : arguments[i].sql);
  }
  if (distinct) {
    if (texts.size() != 1 || texts[0] == "*")
      fail("The sandbox knows DISTINCT with one argument only", name);
    texts[0] = "DISTINCT " + texts[0];
  }
  result.sql = fill_template(function.sqlite, texts);
  switch (function.gives) {
    case SqlFunction::Gives::integer: result.type = SqlType::integer; break;
    case SqlFunction::Gives::floating: result.type = SqlType::floating; break;
    case SqlFunction::Gives::string: result.type = SqlType::string; break;
    case SqlFunction::Gives::boolean: result.type = SqlType::boolean; break;
    case SqlFunction::Gives::date: result.type = SqlType::date; break;
    case SqlFunction::Gives::timestamp: result.type = SqlType::timestamp; break;
    case SqlFunction::Gives::first: result.type = arguments.front().type; break;
    case SqlFunction::Gives::common: result.type = common; break;
  }
  const bool over = at("OVER");
  if (over && function.kind == SqlFunction::Kind::scalar) unexpected();
  if (over) {
    result.sql += over_clause(scope, result);
  } else if (function.kind == SqlFunction::Kind::window) {
    fail("Analytic function " + name.key + " cannot be called without an OVER clause", name);
  } else if (function.kind == SqlFunction::Kind::aggregate) {
    result.aggregate = true;
    result.bare.clear();
  }
  return result;
}

// " OVER (…)" in SQLite's words, which are the same; the columns in it count as those of `result`.
std::string SqlParser::over_clause(const SqlScope& scope, SqlExpression& result) {
  static constexpr std::string_view kFrameWords[] = {
      "BETWEEN", "UNBOUNDED", "PRECEDING", "FOLLOWING", "CURRENT", "ROW", "AND"};
  take();
  expect("(");
  std::string sql = " OVER (";
  if (accept("PARTITION")) {
    expect("BY");
    std::string list;
    do {
      const SqlExpression item = expression(scope);
      absorb(result, item);
      list += (list.empty() ? "" : ", ") + item.sql;
    } while (accept(","));
    sql += "PARTITION BY " + list + " ";
  }
  if (at("ORDER")) sql += order_clause(scope) + " ";
  if (at("ROWS") || at("RANGE")) {
    sql += take().key;
    while (!at(")")) {
      const bool known = std::find(std::begin(kFrameWords), std::end(kFrameWords), peek().key) !=
                         std::end(kFrameWords);
      if (!known && peek().kind != SqlToken::Kind::integer) unexpected();
      sql += " " + take().text;
    }
  }
  expect(")");
  return sql + ")";
}

SqlType SqlParser::type_name() {
  const SqlToken token = take();
  const auto type = type_by_name(token.text);
  if (!type) fail("Type not found (or not one of the sandbox's): " + token.text, token);
  if (accept("(")) {  // STRING(10): a limit the sandbox does not keep
    fail("The sandbox has no parameterized types", token);
  }
  return *type;
}

SqlExpression SqlParser::cast_call(const SqlScope& scope, bool safe) {
  const SqlToken where = peek();
  SqlExpression value = expression(scope);
  expect("AS");
  const SqlType type = type_name();
  expect(")");
  const auto moment = [](SqlType t) { return t == SqlType::date || t == SqlType::timestamp; };
  const auto number = [](SqlType t) { return t == SqlType::integer || t == SqlType::floating; };
  const bool possible = value.type == type || value.type == SqlType::null ||
                        value.type == SqlType::string || type == SqlType::string ||
                        (moment(value.type) && moment(type)) ||
                        (number(value.type) && number(type)) ||
                        (value.type == SqlType::boolean && type == SqlType::integer) ||
                        (value.type == SqlType::integer && type == SqlType::boolean);
  if (!possible) {
    fail("Invalid cast from " + std::string(sql_name(value.type)) + " to " +
             std::string(sql_name(type)),
         where);
  }
  SqlExpression result = cast_to(value, type, safe);
  result.name.clear();
  return result;
}

std::string SqlParser::date_part() {
  const SqlToken token = take();
  if (!can_extract(token.key) && !can_truncate(token.key)) {
    fail("The sandbox does not know the date part " + token.text, token);
  }
  return token.key;
}

SqlExpression SqlParser::extract_call(const SqlScope& scope) {
  const SqlToken where = peek();
  const std::string part = date_part();
  if (!can_extract(part)) fail("The sandbox cannot extract " + part, where);
  expect("FROM");
  const SqlToken at_value = peek();
  SqlExpression value = expression(scope);
  if (at("AT")) fail("The sandbox knows UTC only", peek());
  expect(")");
  if (value.type != SqlType::date) value = converted(value, SqlType::timestamp, at_value);
  SqlExpression result = constant("bq_extract(" + micros_of(value) + ", '" + part + "')",
                                  part == "DATE" ? SqlType::date : SqlType::integer);
  absorb(result, value);
  return result;
}

// DATE(…) and TIMESTAMP(…): conversions, and DATE(year, month, day).
SqlExpression SqlParser::date_call(const SqlScope& scope, SqlType type) {
  const SqlToken where = peek();
  SqlExpression value = expression(scope);
  if (type == SqlType::date && accept(",")) {
    const SqlExpression month = converted(expression(scope), SqlType::integer, where);
    if (!accept(",")) fail("The sandbox knows UTC only", peek());
    const SqlExpression day = converted(expression(scope), SqlType::integer, where);
    value = converted(value, SqlType::integer, where);
    SqlExpression result =
        constant("bq_cast(printf('%04d-%02d-%02d', " + value.sql + ", " + month.sql + ", " +
                     day.sql + "), " + std::to_string(static_cast<int>(SqlType::string)) + ", " +
                     std::to_string(static_cast<int>(SqlType::date)) + ", 0)",
                 SqlType::date);
    absorb(result, value);
    absorb(result, month);
    absorb(result, day);
    expect(")");
    return result;
  }
  if (at(",")) fail("The sandbox knows UTC only", peek());
  expect(")");
  if (value.type == SqlType::integer || value.type == SqlType::floating ||
      value.type == SqlType::boolean) {
    fail("No matching signature for function " + std::string(sql_name(type)) +
             " for argument types: " + std::string(sql_name(value.type)),
         where);
  }
  SqlExpression result = cast_to(value, type, false);
  result.name.clear();
  return result;
}

SqlExpression SqlParser::add_call(const SqlScope& scope, SqlType type, bool subtract) {
  const SqlToken where = peek();
  const SqlExpression value = converted(expression(scope), type, where);
  expect(",");
  expect("INTERVAL");
  const SqlExpression count = converted(expression(scope), SqlType::integer, where);
  const SqlToken part_token = peek();
  const std::string part = date_part();
  expect(")");
  const std::string signed_count = (subtract ? "(- " : "(") + count.sql + ")";
  const auto micros = part_micros(part);
  SqlExpression result;
  result.type = type;
  absorb(result, value);
  absorb(result, count);
  const bool date = type == SqlType::date;
  if (date && (part == "MONTH" || part == "QUARTER" || part == "YEAR")) {
    const std::string months = part == "MONTH" ? "1" : part == "QUARTER" ? "3" : "12";
    result.sql = "bq_add_months(" + value.sql + ", " + signed_count + " * " + months + ")";
  } else if (date && (part == "DAY" || part == "WEEK")) {
    result.sql = "(" + value.sql + " + " + signed_count + (part == "DAY" ? " * 1)" : " * 7)");
  } else if (!date && micros && part != "WEEK") {
    result.sql = "(" + value.sql + " + " + signed_count + " * " + std::to_string(*micros) + ")";
  } else {
    fail(std::string(sql_name(type)) + " arithmetic does not support the " + part + " date part",
         part_token);
  }
  return result;
}

SqlExpression SqlParser::diff_call(const SqlScope& scope, SqlType type) {
  const SqlToken where = peek();
  const SqlExpression left = converted(expression(scope), type, where);
  expect(",");
  const SqlExpression right = converted(expression(scope), type, where);
  expect(",");
  const SqlToken part_token = peek();
  const std::string part = date_part();
  expect(")");
  const auto micros = part_micros(part);
  SqlExpression result;
  result.type = SqlType::integer;
  absorb(result, left);
  absorb(result, right);
  if (type == SqlType::timestamp && micros && part != "WEEK") {
    result.sql = "((" + left.sql + " - " + right.sql + ") / " + std::to_string(*micros) + ")";
  } else if (type == SqlType::date && part == "DAY") {
    result.sql = "(" + left.sql + " - " + right.sql + ")";
  } else if (type == SqlType::date && (part == "MONTH" || part == "YEAR" || part == "QUARTER")) {
    const std::string months = part == "MONTH" ? "1" : part == "QUARTER" ? "3" : "12";
    result.sql = "(bq_month_number(" + left.sql + ") / " + months + " - bq_month_number(" +
                 right.sql + ") / " + months + ")";
  } else {
    fail("The sandbox has no difference in " + part, part_token);
  }
  return result;
}

SqlExpression SqlParser::trunc_call(const SqlScope& scope, SqlType type) {
  const SqlToken where = peek();
  const SqlExpression value = converted(expression(scope), type, where);
  expect(",");
  const SqlToken part_token = peek();
  const std::string part = date_part();
  expect(")");
  if (!can_truncate(part)) fail("The sandbox cannot truncate to " + part, part_token);
  SqlExpression result;
  result.type = type;
  result.sql = "bq_trunc(" + micros_of(value) + ", '" + part + "')";
  if (type == SqlType::date) {
    result.sql = "bq_floor_div(" + result.sql + ", " + std::string(kMicrosPerDay) + ")";
  }
  absorb(result, value);
  return result;
}

}  // namespace sandbox
