// What operators stand between: literals, parameters, names, CASE and subqueries.
#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/sql_parser.h"

namespace sandbox {
namespace {

using Kind = SqlToken::Kind;

}  // namespace

SqlExpression SqlParser::primary(const SqlScope& scope) {
  const SqlToken& token = peek();
  switch (token.kind) {
    case Kind::integer:
    case Kind::floating:
    case Kind::string: return literal();
    case Kind::parameter: return parameter();
    case Kind::quoted_name: return column(scope);
    case Kind::end: unexpected();
    case Kind::symbol:
      if (at("?")) return parameter();
      if (at("[")) fail("The sandbox has no arrays here", token);
      if (!at("(")) unexpected();
      if (peek(1).key == "SELECT" || peek(1).key == "WITH") return subquery(scope);
      {
        take();
        SqlExpression inner = expression(scope);
        if (at(",")) fail("The sandbox has no STRUCT", peek());
        expect(")");
        inner.name.clear();
        return inner;
      }
    case Kind::word: break;
  }
  if (at("TRUE") || at("FALSE") || at("NULL")) return literal();
  if ((at("DATE") || at("TIMESTAMP")) && peek(1).kind == Kind::string) return literal();
  if (at("CASE")) return case_expression(scope);
  if (at("EXISTS")) {
    take();
    expect("(");
    const SqlQuery inner = query(&scope);
    expect(")");
    SqlExpression result;
    result.sql = "EXISTS (" + inner.sql + ")";
    result.type = SqlType::boolean;
    return result;
  }
  if (at("ARRAY") || at("STRUCT") || at("INTERVAL")) {
    fail("The sandbox has no " + token.key + " here", token);
  }
  if (peek(1).key == "(" && peek(1).kind == Kind::symbol) return call(scope);
  return column(scope);
}

SqlExpression SqlParser::literal() {
  const SqlToken token = take();
  SqlExpression result;
  if (token.kind == Kind::integer) {
    const auto value = parse_value(token.text, SqlType::integer);
    if (!value) fail("Invalid integer literal: " + token.text, token);
    result.type = SqlType::integer;
    result.sql = std::to_string(std::get<std::int64_t>(*value));
  } else if (token.kind == Kind::floating) {
    result.type = SqlType::floating;
    // SQLite takes "1." and ".5" and "1e3" as they are.
    result.sql = token.text;
  } else if (token.kind == Kind::string) {
    result.type = SqlType::string;
    result.sql = sqlite_string(token.text);
    result.text_literal = true;
    result.text = token.text;
  } else if (token.key == "NULL") {
    result.sql = "NULL";
  } else if (token.key == "TRUE" || token.key == "FALSE") {
    result.type = SqlType::boolean;
    result.sql = token.key == "TRUE" ? "1" : "0";
  } else {  // DATE '…', TIMESTAMP '…'
    const SqlType type = token.key == "DATE" ? SqlType::date : SqlType::timestamp;
    const SqlToken text = take();
    const auto value = parse_value(text.text, type);
    if (!value) fail("Invalid " + token.key + " literal", text);
    result.type = type;
    result.sql = std::to_string(std::get<std::int64_t>(*value));
  }
  return result;
}

SqlExpression SqlParser::parameter() {
  const SqlToken token = take();
  const auto& all = context_.parameters;
  auto found = all.end();
  if (token.kind == Kind::parameter) {
    found = std::find_if(all.begin(), all.end(), [&](const SqlParameter& p) {
      return equal_ignoring_case(p.name, token.text);
    });
    if (found == all.end()) fail("Query parameter '" + token.text + "' not found", token);
  } else {
    // Counted in the text: the parser reads FROM before the select list.
    const auto before =
        std::count_if(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(at_) - 1,
                      [](const SqlToken& t) { return t.kind == Kind::symbol && t.key == "?"; });
    if (before >= std::ssize(all)) fail("Query parameter number too large", token);
    found = all.begin() + before;
  }
  SqlExpression result;
  result.type = found->type;
  if (const auto* text = std::get_if<std::string>(&found->value)) {
    result.sql = sqlite_string(*text);
  } else if (const auto* number = std::get_if<std::int64_t>(&found->value)) {
    result.sql = std::to_string(*number);
  } else if (const auto* real = std::get_if<double>(&found->value)) {
    result.sql = "bq_cast(" + sqlite_string(format_double(*real)) + ", " +
                 std::to_string(static_cast<int>(SqlType::string)) + ", " +
                 std::to_string(static_cast<int>(SqlType::floating)) + ", 0)";
  } else {
    result.sql = "NULL";
  }
  return result;
}

SqlExpression SqlParser::case_expression(const SqlScope& scope) {
  const SqlToken where = take();
  SqlExpression result;
  std::optional<SqlExpression> subject;
  if (!at("WHEN")) subject = expression(scope);
  std::vector<SqlExpression> conditions;
  std::vector<SqlExpression> values;
  while (accept("WHEN")) {
    SqlExpression when = subject ? expression(scope) : condition(scope, "CASE WHEN");
    if (subject) bring_together(*subject, when, "=", where);
    conditions.push_back(std::move(when));
    expect("THEN");
    values.push_back(expression(scope));
  }
  if (conditions.empty()) unexpected();
  const bool has_else = accept("ELSE");
  if (has_else) values.push_back(expression(scope));
  expect("END");
  result.type = common_type(values, "CASE", where);
  result.sql = "(CASE" + (subject ? " " + subject->sql : "");
  if (subject) absorb(result, *subject);
  for (std::size_t i = 0; i < values.size(); ++i) {
    absorb(result, values[i]);
    const std::string value = converted(values[i], result.type, where).sql;
    if (i < conditions.size()) {
      absorb(result, conditions[i]);
      result.sql += " WHEN " + conditions[i].sql + " THEN " + value;
    } else {
      result.sql += " ELSE " + value;
    }
  }
  result.sql += " END)";
  return result;
}

SqlExpression SqlParser::subquery(const SqlScope& scope) {
  const SqlToken where = take();
  const SqlQuery inner = query(&scope);
  expect(")");
  if (inner.columns.size() != 1) {
    fail("Scalar subquery cannot have more than one column unless using SELECT AS STRUCT", where);
  }
  SqlExpression result;
  result.sql = "(" + inner.sql + ")";
  result.type = inner.columns[0].type;
  return result;
}

SqlExpression SqlParser::column(const SqlScope& scope) {
  const SqlToken where = peek();
  std::vector<std::string> path = {name()};
  while (at(".") && peek(1).key != "*") {
    take();
    path.push_back(take().text);
  }
  if (path.size() > 2) fail("Unrecognized name: " + path[0], where);
  const auto from_alias = [&](const SqlScope& in) -> const SqlExpression* {
    if (path.size() != 1) return nullptr;
    for (const SqlExpression& alias : in.aliases) {
      if (equal_ignoring_case(alias.name, path[0])) return &alias;
    }
    return nullptr;
  };
  for (const SqlScope* in = &scope; in != nullptr; in = in->outer) {
    const SqlExpression* alias = from_alias(*in);
    if (alias != nullptr && in->aliases_first) return *alias;
    std::optional<SqlExpression> found;
    for (const SqlSource& source : in->sources) {
      if (path.size() == 2 && !equal_ignoring_case(source.alias, path[0])) continue;
      for (const SqlColumn& candidate : source.columns) {
        if (!equal_ignoring_case(candidate.name, path.back())) continue;
        if (path.size() == 1 && source.merged.contains(upper(candidate.name))) continue;
        if (found) fail("Column name " + path.back() + " is ambiguous", where);
        found.emplace();
        found->sql = sqlite_name(source.alias) + "." + sqlite_name(candidate.name);
        found->type = candidate.type;
        found->name = path.back();
        // A column from outside is a constant for the query inside.
        if (in == &scope) found->bare = {found->sql};
      }
      if (path.size() == 2 && !found) {
        fail("Name " + path[1] + " not found inside " + path[0], where);
      }
    }
    if (found) return *found;
    if (alias != nullptr) return *alias;
  }
  fail("Unrecognized name: " + path[0], where);
}

}  // namespace sandbox
