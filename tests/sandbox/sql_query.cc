// Queries: WITH, SELECT, GROUP BY, set operations, ORDER BY and LIMIT.
#include <algorithm>
#include <utility>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/sql_parser.h"

namespace sandbox {
namespace {

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

// Names f0_, f1_, … for the columns that have none.
void name_columns(std::vector<SqlExpression>& items) {
  int unnamed = 0;
  for (SqlExpression& item : items) {
    if (item.name.empty()) item.name = "f" + std::to_string(unnamed++) + "_";
  }
}

// The number of the item with this text, 0 where there is none: SQLite takes numbers in ORDER BY
// and GROUP BY for columns, hence a constant there must be said as the column that it is.
std::size_t ordinal_of(const std::vector<SqlExpression>& items, const std::string& sql) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].sql == sql) return i + 1;
  }
  return 0;
}

}  // namespace

SqlQuery SqlParser::query(const SqlScope* outer) {
  const std::size_t visible = named_queries_.size();
  const std::string with = at("WITH") ? with_clause(outer) : "";
  SqlScope order_scope;
  SqlQuery result = query_term(outer, &order_scope);
  while (at("UNION") || at("INTERSECT") || at("EXCEPT")) {
    const SqlToken operation = take();
    std::string words = operation.key;
    if (accept("ALL")) {
      if (words != "UNION") fail("The sandbox has no " + words + " ALL", operation);
      words += " ALL";
    } else {
      expect("DISTINCT");
    }
    const SqlQuery right = query_term(outer, nullptr);
    if (right.columns.size() != result.columns.size()) {
      fail("Queries in " + words + " have mismatched column count", operation);
    }
    order_scope = SqlScope{outer, {}, {}, true};
    for (std::size_t i = 0; i < right.columns.size(); ++i) {
      SqlExpression left;
      left.type = result.columns[i].type;
      SqlExpression other = left;
      other.type = right.columns[i].type;
      result.columns[i].type = common_type({left, other}, words, operation);
      left.name = result.columns[i].name;
      left.sql = sqlite_name(left.name);
      order_scope.aliases.push_back(std::move(left));
    }
    result.sql += " " + words.substr(0, words.find(" DISTINCT")) + " " + right.sql;
  }
  result.sql = with + result.sql;
  if (at("ORDER")) result.sql += " " + order_clause(order_scope);
  if (at("LIMIT")) result.sql += " " + limit_clause();
  named_queries_.resize(visible);
  return result;
}

std::string SqlParser::with_clause(const SqlScope* outer) {
  take();
  if (at("RECURSIVE")) fail("The sandbox has no WITH RECURSIVE", peek());
  std::string sql = "WITH ";
  bool first = true;
  do {
    SqlSource source;
    source.alias = name();
    expect("AS");
    expect("(");
    SqlQuery inner = query(outer);
    expect(")");
    source.columns = std::move(inner.columns);
    sql += (first ? "" : ", ") + sqlite_name(source.alias) + " AS (" + inner.sql + ")";
    named_queries_.push_back(std::move(source));
    first = false;
  } while (accept(","));
  return sql + " ";
}

SqlQuery SqlParser::query_term(const SqlScope* outer, SqlScope* order_scope) {
  if (!at("(")) return select(outer, order_scope);
  take();
  if (++depth_ > 100) fail("Query is nested too deeply", peek());
  SqlQuery inner = query(outer);
  --depth_;
  expect(")");
  if (order_scope != nullptr) {
    *order_scope = SqlScope{outer, {}, {}, true};
    for (const SqlColumn& column : inner.columns) {
      SqlExpression alias;
      alias.sql = sqlite_name(column.name);
      alias.name = column.name;
      alias.type = column.type;
      order_scope->aliases.push_back(std::move(alias));
    }
  }
  inner.sql = "SELECT * FROM (" + inner.sql + ")";
  return inner;
}

// Where the FROM of the select list at hand is. It is read before the list, whose types hang on
// the tables.
std::size_t SqlParser::find_from() const {
  int depth = 0;
  for (std::size_t i = at_; i < tokens_.size(); ++i) {
    const SqlToken& token = tokens_[i];
    if (token.kind != SqlToken::Kind::word && token.kind != SqlToken::Kind::symbol) continue;
    if (token.key == "(" || token.key == "[") ++depth;
    if (token.key == ")" || token.key == "]") --depth;
    if (depth < 0) return kNowhere;
    if (depth > 0) continue;
    const bool is_distinct_from = i > at_ && tokens_[i - 1].key == "DISTINCT";
    if (token.key == "FROM" && !is_distinct_from) return i;
    for (const std::string_view end :
         {"UNION", "INTERSECT", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", ";"}) {
      if (token.key == end) return kNowhere;
    }
    if (token.key == "EXCEPT" && tokens_[i + 1].key == "DISTINCT") return kNowhere;
  }
  return kNowhere;
}

SqlQuery SqlParser::select(const SqlScope* outer, SqlScope* order_scope) {
  const SqlToken start = peek();
  expect("SELECT");
  const bool distinct = accept("DISTINCT");
  if (!distinct) accept("ALL");
  if (at("AS")) fail("The sandbox has no SELECT AS STRUCT and SELECT AS VALUE", peek());
  SqlScope scope;
  scope.outer = outer;
  const std::size_t list = at_;
  const std::size_t from = find_from();
  std::size_t after = kNowhere;
  std::string sql;
  if (from != kNowhere) {
    at_ = from + 1;
    sql = " FROM " + from_clause(scope);
    after = std::exchange(at_, list);
  }
  std::vector<SqlExpression> items = select_list(scope);
  if (from != kNowhere) {
    if (at_ != from) unexpected();
    at_ = after;
  }
  if (at("WHERE")) {
    const SqlToken where = take();
    if (from == kNowhere) fail("Query without FROM clause cannot have a WHERE clause", where);
    const SqlExpression filter = condition(scope, "WHERE clause");
    if (filter.aggregate) fail("Aggregate function not allowed in WHERE clause", where);
    sql += " WHERE " + filter.sql;
  }
  name_columns(items);
  SqlScope after_list = scope;
  after_list.aliases = items;
  std::vector<std::string> grouped;
  const bool grouping = at("GROUP");
  if (grouping) sql += group_clause(after_list, items, grouped);
  std::vector<SqlExpression> checked = items;
  if (at("HAVING")) {
    const SqlToken where = take();
    checked.push_back(condition(after_list, "HAVING clause"));
    if (!grouping && !checked.back().aggregate) {
      fail("The HAVING clause requires GROUP BY or aggregation", where);
    }
    sql += " HAVING " + checked.back().sql;
  }
  const bool aggregate = std::any_of(checked.begin(), checked.end(),
                                     [](const SqlExpression& item) { return item.aggregate; });
  if (grouping || aggregate) check_grouping(checked, grouped, start);
  SqlQuery result;
  std::string columns;
  for (const SqlExpression& item : items) {
    columns += (columns.empty() ? "" : ", ") + item.sql + " AS " + sqlite_name(item.name);
    SqlColumn column;
    column.name = item.name;
    column.type = item.type;
    result.columns.push_back(std::move(column));
  }
  result.sql = std::string("SELECT ") + (distinct ? "DISTINCT " : "") + columns + sql;
  if (order_scope != nullptr) {
    *order_scope = std::move(after_list);
    order_scope->aliases_first = true;
  }
  return result;
}

std::vector<SqlExpression> SqlParser::select_list(const SqlScope& scope) {
  std::vector<SqlExpression> items;
  do {
    if (at("FROM") && !items.empty()) break;  // BigQuery allows a comma at the end
    if (accept("*")) {
      star(scope, "", items);
      continue;
    }
    if (at_name() && peek(1).key == "." && peek(2).key == "*") {
      const std::string source = take().text;
      take();
      take();
      star(scope, source, items);
      continue;
    }
    SqlExpression item = expression(scope);
    if (std::string given = alias(); !given.empty()) item.name = std::move(given);
    items.push_back(std::move(item));
  } while (accept(","));
  return items;
}

// * or source.*, with EXCEPT (…).
void SqlParser::star(const SqlScope& scope, const std::string& source,
                     std::vector<SqlExpression>& items) {
  const SqlToken where = peek();
  if (at("REPLACE")) fail("The sandbox has no SELECT * REPLACE", where);
  if (scope.sources.empty()) fail("SELECT * must have a FROM clause", where);
  std::vector<std::string> without;
  if (at("EXCEPT") && peek(1).key == "(") {
    take();
    take();
    do {
      without.push_back(name());
    } while (accept(","));
    expect(")");
  }
  const auto excepted = [&](const SqlColumn& column) {
    return std::any_of(without.begin(), without.end(), [&](const std::string& other) {
      return equal_ignoring_case(other, column.name);
    });
  };
  bool found = false;
  for (const SqlSource& from : scope.sources) {
    if (!source.empty() && !equal_ignoring_case(source, from.alias)) continue;
    found = true;
    for (const SqlColumn& column : from.columns) {
      const bool merged = source.empty() && from.merged.contains(upper(column.name));
      if (excepted(column) || merged) continue;
      SqlExpression item;
      item.sql = sqlite_name(from.alias) + "." + sqlite_name(column.name);
      item.type = column.type;
      item.name = column.name;
      item.bare = {item.sql};
      items.push_back(std::move(item));
    }
  }
  if (!found) fail("Unrecognized name: " + source, where);
}

std::string SqlParser::group_clause(const SqlScope& scope, const std::vector<SqlExpression>& items,
                                    std::vector<std::string>& grouped) {
  take();
  expect("BY");
  for (const std::string_view word : {"ALL", "ROLLUP", "CUBE", "GROUPING"}) {
    if (at(word)) fail("The sandbox has no GROUP BY " + peek().key, peek());
  }
  std::string list;
  do {
    const SqlToken where = peek();
    std::size_t ordinal = 0;
    SqlExpression item;
    if (where.kind == SqlToken::Kind::integer) {
      item = literal();
      ordinal = static_cast<std::size_t>(std::stoull(item.sql));
      if (ordinal < 1 || ordinal > items.size()) {
        fail("GROUP BY is out of SELECT column number range: " + item.sql, where);
      }
      item = items[ordinal - 1];
    } else {
      item = expression(scope);
      ordinal = ordinal_of(items, item.sql);
    }
    if (item.aggregate) fail("Aggregate functions are not allowed in GROUP BY", where);
    grouped.push_back(item.sql);
    list += (list.empty() ? "" : ", ") + (ordinal > 0 ? std::to_string(ordinal) : item.sql);
  } while (accept(","));
  return " GROUP BY " + list;
}

// SQLite takes any row's value for a column that is not grouped; BigQuery refuses it.
void SqlParser::check_grouping(const std::vector<SqlExpression>& items,
                               const std::vector<std::string>& grouped,
                               const SqlToken& where) const {
  const auto has = [&grouped](const std::string& sql) {
    return std::find(grouped.begin(), grouped.end(), sql) != grouped.end();
  };
  for (const SqlExpression& item : items) {
    if (has(item.sql)) continue;
    for (const std::string& column : item.bare) {
      if (has(column)) continue;
      // "source"."column"
      const auto start = column.rfind(".\"") + 2;
      fail("SELECT list expression references column " +
               column.substr(start, column.size() - start - 1) +
               " which is neither grouped nor aggregated",
           where);
    }
  }
}

std::string SqlParser::order_clause(const SqlScope& scope) {
  take();
  expect("BY");
  std::string sql;
  do {
    const SqlToken where = peek();
    const SqlExpression item = expression(scope);
    std::string text = item.sql;
    if (where.kind == SqlToken::Kind::integer && !scope.aliases.empty() &&
        (text == "0" || text.size() > 9 || std::stoul(text) > scope.aliases.size())) {
      fail("ORDER BY column number item is out of range", where);
    }
    const std::size_t ordinal = ordinal_of(scope.aliases, text);
    if (ordinal > 0) text = std::to_string(ordinal);
    if (accept("DESC")) {
      text += " DESC";
    } else {
      accept("ASC");
    }
    if (accept("NULLS")) {
      if (!at("FIRST") && !at("LAST")) unexpected();
      text += " NULLS " + take().key;
    }
    sql += (sql.empty() ? "" : ", ") + text;
  } while (accept(","));
  return "ORDER BY " + sql;
}

std::string SqlParser::limit_clause() {
  take();
  const auto count = [this] {
    const SqlToken where = peek();
    const SqlExpression value = at("?") || where.kind == SqlToken::Kind::parameter ? parameter()
                                : where.kind == SqlToken::Kind::integer            ? literal()
                                                                        : SqlExpression();
    if (value.type != SqlType::integer) unexpected();
    return value.sql;
  };
  std::string sql = "LIMIT " + count();
  if (accept("OFFSET")) sql += " OFFSET " + count();
  return sql;
}

}  // namespace sandbox
