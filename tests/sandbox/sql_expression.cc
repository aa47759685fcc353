// Operators, by precedence.
#include <utility>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/sql_parser.h"

namespace sandbox {
namespace {

using Kind = SqlToken::Kind;

// An expression nested deeper than this would exhaust the stack before it says anything useful.
constexpr std::size_t kMaxDepth = 200;

// left OP right as a new expression of the type.
SqlExpression joined(const SqlExpression& left, std::string_view operation,
                     const SqlExpression& right, SqlType type) {
  SqlExpression whole;
  whole.sql = "(" + left.sql + " " + std::string(operation) + " " + right.sql + ")";
  whole.type = type;
  absorb(whole, left);
  absorb(whole, right);
  return whole;
}

}  // namespace

void absorb(SqlExpression& whole, const SqlExpression& part) {
  whole.bare.insert(whole.bare.end(), part.bare.begin(), part.bare.end());
  whole.aggregate = whole.aggregate || part.aggregate;
}

SqlExpression SqlParser::condition(const SqlScope& scope, std::string_view clause) {
  const SqlToken where = peek();
  SqlExpression result = expression(scope);
  if (result.type != SqlType::boolean && result.type != SqlType::null) {
    fail(std::string(clause) + " should return type BOOL, but returns " +
             std::string(sql_name(result.type)),
         where);
  }
  return result;
}

SqlExpression SqlParser::expression(const SqlScope& scope) {
  if (++depth_ > kMaxDepth) fail("Expression is nested too deeply", peek());
  SqlExpression left = and_expression(scope);
  while (at("OR")) {
    const SqlToken where = take();
    SqlExpression right = and_expression(scope);
    if (!(left.type == SqlType::boolean || left.type == SqlType::null) ||
        !(right.type == SqlType::boolean || right.type == SqlType::null)) {
      fail(signature(left, right, "OR"), where);
    }
    left = joined(left, "OR", right, SqlType::boolean);
  }
  --depth_;
  return left;
}

SqlExpression SqlParser::and_expression(const SqlScope& scope) {
  SqlExpression left = not_expression(scope);
  while (at("AND")) {
    const SqlToken where = take();
    SqlExpression right = not_expression(scope);
    if (!(left.type == SqlType::boolean || left.type == SqlType::null) ||
        !(right.type == SqlType::boolean || right.type == SqlType::null)) {
      fail(signature(left, right, "AND"), where);
    }
    left = joined(left, "AND", right, SqlType::boolean);
  }
  return left;
}

SqlExpression SqlParser::not_expression(const SqlScope& scope) {
  if (!at("NOT")) return comparison(scope);
  take();
  const SqlToken where = peek();
  if (++depth_ > kMaxDepth) fail("Expression is nested too deeply", where);
  SqlExpression value = not_expression(scope);
  --depth_;
  value = converted(std::move(value), SqlType::boolean, where);
  SqlExpression result;
  result.sql = "(NOT " + value.sql + ")";
  result.type = SqlType::boolean;
  absorb(result, value);
  return result;
}

SqlExpression SqlParser::comparison(const SqlScope& scope) {
  SqlExpression left = sum(scope);
  const SqlToken where = peek();
  for (const std::string_view sign : {"=", "<>", "!=", "<=", ">=", "<", ">"}) {
    if (!accept(sign)) continue;
    SqlExpression right = sum(scope);
    bring_together(left, right, sign, where);
    return joined(left, sign == "!=" ? "<>" : sign, right, SqlType::boolean);
  }
  if (accept("IS")) {
    const bool negated = accept("NOT");
    const std::string is = negated ? "IS NOT" : "IS";
    SqlExpression right;
    if (accept("NULL")) {
      right.sql = "NULL";
    } else if (at("TRUE") || at("FALSE")) {
      right.sql = take().key == "TRUE" ? "1" : "0";
      left = converted(std::move(left), SqlType::boolean, where);
    } else {
      expect("DISTINCT");
      expect("FROM");
      right = sum(scope);
      bring_together(left, right, "IS DISTINCT FROM", where);
      return joined(left, negated ? "IS" : "IS NOT", right, SqlType::boolean);
    }
    return joined(left, is, right, SqlType::boolean);
  }
  const bool negated = at("NOT") && peek(1).kind == Kind::word &&
                       (peek(1).key == "LIKE" || peek(1).key == "IN" || peek(1).key == "BETWEEN");
  if (negated) take();
  const std::string prefix = negated ? "NOT " : "";
  if (accept("LIKE")) {
    SqlExpression right = sum(scope);
    left = converted(std::move(left), SqlType::string, where);
    right = converted(std::move(right), SqlType::string, where);
    right.sql += " ESCAPE '\\'";
    return joined(left, prefix + "LIKE", right, SqlType::boolean);
  }
  if (accept("BETWEEN")) {
    SqlExpression low = sum(scope);
    expect("AND");
    SqlExpression high = sum(scope);
    bring_together(left, low, "BETWEEN", where);
    bring_together(left, high, "BETWEEN", where);
    low.sql += " AND " + high.sql;
    absorb(low, high);
    return joined(left, prefix + "BETWEEN", low, SqlType::boolean);
  }
  if (accept("IN")) return in_list(scope, std::move(left), negated);
  return left;
}

SqlExpression SqlParser::in_list(const SqlScope& scope, SqlExpression left, bool negated) {
  const SqlToken where = peek();
  if (at("UNNEST")) fail("The sandbox has no arrays: IN UNNEST", where);
  expect("(");
  SqlExpression result;
  result.type = SqlType::boolean;
  std::string list;
  if (at("SELECT") || at("WITH")) {
    const SqlQuery inner = query(&scope);
    if (inner.columns.size() != 1) {
      fail("Subquery of type IN must have only one output column", where);
    }
    SqlExpression column;
    column.type = inner.columns[0].type;
    bring_together(left, column, "IN", where);
    list = inner.sql;
  } else {
    do {
      SqlExpression item = expression(scope);
      bring_together(left, item, "IN", where);
      list += (list.empty() ? "" : ", ") + item.sql;
      absorb(result, item);
    } while (accept(","));
  }
  expect(")");
  result.sql = "(" + left.sql + (negated ? " NOT IN (" : " IN (") + list + "))";
  absorb(result, left);
  return result;
}

SqlExpression SqlParser::sum(const SqlScope& scope) {
  SqlExpression left = product(scope);
  while (at("+") || at("-")) {
    const SqlToken sign = take();
    SqlExpression right = product(scope);
    if (left.type == SqlType::date && right.type == SqlType::integer) {
      left = joined(left, sign.text, right, SqlType::date);
      continue;
    }
    if (!numeric(left.type) || !numeric(right.type)) fail(signature(left, right, sign.text), sign);
    const bool real = left.type == SqlType::floating || right.type == SqlType::floating;
    left = joined(left, sign.text, right, real ? SqlType::floating : SqlType::integer);
  }
  return left;
}

SqlExpression SqlParser::product(const SqlScope& scope) {
  SqlExpression left = unary(scope);
  while (at("*") || at("/") || at("||")) {
    const SqlToken sign = take();
    SqlExpression right = unary(scope);
    if (sign.key == "||") {
      left = converted(std::move(left), SqlType::string, sign);
      right = converted(std::move(right), SqlType::string, sign);
      left = joined(left, "||", right, SqlType::string);
      continue;
    }
    if (!numeric(left.type) || !numeric(right.type)) fail(signature(left, right, sign.text), sign);
    if (sign.key == "/") {  // always of FLOAT64, and an error when the divisor is 0
      left = joined(left, ",", right, SqlType::floating);
      left.sql = "bq_divide" + left.sql;
      continue;
    }
    const bool real = left.type == SqlType::floating || right.type == SqlType::floating;
    left = joined(left, "*", right, real ? SqlType::floating : SqlType::integer);
  }
  return left;
}

SqlExpression SqlParser::unary(const SqlScope& scope) {
  if (!at("-") && !at("+")) return primary(scope);
  const SqlToken sign = take();
  if (++depth_ > kMaxDepth) fail("Expression is nested too deeply", sign);
  SqlExpression value = unary(scope);
  --depth_;
  if (!numeric(value.type)) {
    fail("No matching signature for operator " + sign.text +
             " for argument type: " + std::string(sql_name(value.type)),
         sign);
  }
  value.name.clear();
  if (sign.key == "-") value.sql = "(- " + value.sql + ")";
  return value;
}

}  // namespace sandbox
