// FROM clauses: tables, subqueries, UNNEST and joins.
#include <utility>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/sql_parser.h"

namespace sandbox {
namespace {

const SqlColumn* find_column(const SqlSource& source, std::string_view name) {
  for (const SqlColumn& column : source.columns) {
    if (equal_ignoring_case(column.name, name)) return &column;
  }
  return nullptr;
}

}  // namespace

std::string SqlParser::from_clause(SqlScope& scope) {
  std::string sql = from_item(scope);
  while (true) {
    if (accept(",")) {
      sql += ", " + from_item(scope);
      continue;
    }
    std::string kind;
    if (at("JOIN") || at("INNER")) {
      accept("INNER");
      kind = "INNER";
    } else if (at("CROSS") || at("LEFT") || at("RIGHT") || at("FULL")) {
      kind = take().key;
      if (kind != "CROSS") accept("OUTER");
    } else {
      return sql;
    }
    expect("JOIN");
    // One after the other: the condition needs the names of the item.
    sql += " " + kind + " JOIN " + from_item(scope);
    sql += join_condition(scope, kind);
  }
}

std::string SqlParser::join_condition(SqlScope& scope, std::string_view kind) {
  if (kind == "CROSS") return "";
  if (accept("ON")) return " ON " + condition(scope, "JOIN ON clause").sql;
  const SqlToken where = peek();
  expect("USING");
  if (kind != "INNER" && kind != "LEFT") {
    fail("The sandbox knows USING with INNER and LEFT JOIN only", where);
  }
  expect("(");
  std::string list;
  SqlSource& right = scope.sources.back();
  do {
    const SqlToken at_name = peek();
    const std::string column = name();
    bool on_left = false;
    for (std::size_t i = 0; i + 1 < scope.sources.size(); ++i) {
      on_left = on_left || find_column(scope.sources[i], column) != nullptr;
    }
    if (!on_left || find_column(right, column) == nullptr) {
      fail("Column " + column + " in USING clause not found on both sides of join", at_name);
    }
    right.merged.insert(upper(column));
    list += (list.empty() ? "" : ", ") + sqlite_name(column);
  } while (accept(","));
  expect(")");
  return " USING (" + list + ")";
}

std::string SqlParser::from_item(SqlScope& scope) {
  const SqlToken where = peek();
  SqlSource source;
  std::string sql;
  if (at("UNNEST")) return from_unnest(scope);
  if (at("(")) {
    take();
    if (!at("SELECT") && !at("WITH") && !at("("))
      fail("The sandbox has no joins in parentheses", where);
    SqlQuery inner = query(scope.outer);
    expect(")");
    sql = "(" + inner.sql + ")";
    source.columns = std::move(inner.columns);
    source.alias = "_query" + std::to_string(scope.sources.size());
  } else {
    const SqlPath path = table_path();
    const SqlSource* named = nullptr;
    for (const SqlSource& candidate : named_queries_) {
      if (path.size() == 1 && equal_ignoring_case(candidate.alias, path[0])) named = &candidate;
    }
    if (named != nullptr) {
      sql = sqlite_name(named->alias);
      source.columns = named->columns;
    } else {
      SqlTable found = table(path);
      sql = sqlite_name(found.sqlite_name);
      source.columns = std::move(found.columns);
    }
    source.alias = path.back();
  }
  if (std::string given = alias(); !given.empty()) source.alias = std::move(given);
  for (const SqlSource& other : scope.sources) {
    if (equal_ignoring_case(other.alias, source.alias)) {
      fail("Duplicate table alias " + source.alias + " in the same FROM clause", where);
    }
  }
  sql += " AS " + sqlite_name(source.alias);
  scope.sources.push_back(std::move(source));
  return sql;
}

// UNNEST(GENERATE_ARRAY(first, last[, step])) and UNNEST([a, b, …]): the only arrays there are.
std::string SqlParser::from_unnest(SqlScope& scope) {
  const SqlToken where = take();
  const SqlScope outside{scope.outer, {}, {}, false};
  expect("(");
  SqlColumn column;
  std::string rows;
  if (accept("GENERATE_ARRAY")) {
    expect("(");
    const std::string first = converted(expression(outside), SqlType::integer, where).sql;
    expect(",");
    const std::string last = converted(expression(outside), SqlType::integer, where).sql;
    const std::string step =
        accept(",") ? converted(expression(outside), SqlType::integer, where).sql : "1";
    expect(")");
    column.type = SqlType::integer;
    const std::string more = "((" + step + " > 0 AND v + " + step + " <= " + last + ") OR (" +
                             step + " < 0 AND v + " + step + " >= " + last + "))";
    const std::string any = "((" + step + " > 0 AND " + first + " <= " + last + ") OR (" + step +
                            " < 0 AND " + first + " >= " + last + "))";
    rows = "WITH RECURSIVE g(v) AS (SELECT " + first + " WHERE " + any + " UNION ALL SELECT v + " +
           step + " FROM g WHERE " + more + ") SELECT v AS ";
  } else {
    if (!accept("[")) fail("The sandbox has no arrays of this kind", peek());
    std::vector<SqlExpression> values;
    do {
      values.push_back(expression(outside));
    } while (accept(","));
    expect("]");
    column.type = common_type(values, "array", where);
    for (const SqlExpression& value : values) {
      rows += (rows.empty() ? "WITH g(v) AS (VALUES (" : "), (") +
              converted(value, column.type, where).sql;
    }
    rows += ")) SELECT v AS ";
  }
  expect(")");
  SqlSource source;
  source.alias = alias();
  if (source.alias.empty()) source.alias = "_array" + std::to_string(scope.sources.size());
  column.name = source.alias;
  if (at("WITH")) fail("The sandbox has no WITH OFFSET", peek());
  source.columns = {column};
  const std::string quoted = sqlite_name(source.alias);
  scope.sources.push_back(std::move(source));
  return "(" + rows + quoted + " FROM g) AS " + quoted;
}

}  // namespace sandbox
