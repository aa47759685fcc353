// The recursive-descent parser behind translate_sql. It writes SQLite as it goes and keeps of each
// expression only what its surroundings ask for: text, type, and the columns outside aggregates.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/sql_functions.h"
#include "tests/sandbox/sql_token.h"
#include "tests/sandbox/sql_translate.h"

namespace sandbox {

struct SqlExpression {
  std::string sql;
  SqlType type = SqlType::null;
  std::string name;               // what a column made of it is called; "" = f0_ and so on
  std::vector<std::string> bare;  // columns that are not inside an aggregate
  bool aggregate = false;         // contains an aggregate
  bool text_literal = false;      // may become a DATE or TIMESTAMP; `text` is its value
  std::string text;
};

// One entry of a FROM clause.
struct SqlSource {
  std::string alias;
  std::vector<SqlColumn> columns;
  std::set<std::string> merged;  // in upper case: columns that USING took from the left side
};

// The names an expression may use: sources, then aliases of the select list, then those outside.
struct SqlScope {
  const SqlScope* outer = nullptr;
  std::vector<SqlSource> sources;
  std::vector<SqlExpression> aliases;  // only where they are visible (GROUP BY, ORDER BY, …)
  bool aliases_first = false;          // ORDER BY prefers aliases, GROUP BY columns
};

struct SqlQuery {
  std::string sql;
  std::vector<SqlColumn> columns;
};

class SqlParser {
 public:
  SqlParser(std::vector<SqlToken> tokens, const SqlContext& context);

  // A whole statement up to the end of the text (sql_statement.cc).
  SqlStatement statement();

 private:
  // Tokens (sql_statement.cc).
  const SqlToken& peek(std::size_t ahead = 0) const;
  SqlToken take();
  bool at(std::string_view key) const;  // word or symbol
  bool at_words(std::initializer_list<std::string_view> keys) const;
  bool accept(std::string_view key);
  bool accept_words(std::initializer_list<std::string_view> keys);
  void expect(std::string_view key);
  [[noreturn]] void unexpected() const;
  [[noreturn]] void fail(const std::string& message, const SqlToken& where) const;
  bool at_name() const;  // a name that is no reserved word
  std::string name();
  std::string alias();  // "" where there is none

  // Statements (sql_statement.cc).
  SqlPath table_path();
  SqlTable table(const SqlPath& path);
  void insert_statement(SqlStatement& statement);
  void update_statement(SqlStatement& statement);
  void delete_statement(SqlStatement& statement);
  void create_statement(SqlStatement& statement);
  void drop_statement(SqlStatement& statement);

  // Queries (sql_query.cc).
  SqlQuery query(const SqlScope* outer);
  SqlQuery query_term(const SqlScope* outer, SqlScope* order_scope);
  SqlQuery select(const SqlScope* outer, SqlScope* order_scope);
  std::string with_clause(const SqlScope* outer);
  std::vector<SqlExpression> select_list(const SqlScope& scope);
  void star(const SqlScope& scope, const std::string& source, std::vector<SqlExpression>& items);
  std::string group_clause(const SqlScope& scope, const std::vector<SqlExpression>& items,
                           std::vector<std::string>& grouped);
  void check_grouping(const std::vector<SqlExpression>& items,
                      const std::vector<std::string>& grouped, const SqlToken& where) const;
  std::string order_clause(const SqlScope& scope);
  std::string limit_clause();
  std::size_t find_from() const;

  // FROM clauses (sql_from.cc).
  std::string from_clause(SqlScope& scope);
  std::string from_item(SqlScope& scope);
  std::string from_unnest(SqlScope& scope);
  std::string join_condition(SqlScope& scope, std::string_view kind);

  // Expressions (sql_expression.cc; from primary on, sql_primary.cc).
  SqlExpression expression(const SqlScope& scope);
  SqlExpression condition(const SqlScope& scope, std::string_view clause);
  SqlExpression and_expression(const SqlScope& scope);
  SqlExpression not_expression(const SqlScope& scope);
  SqlExpression comparison(const SqlScope& scope);
  SqlExpression in_list(const SqlScope& scope, SqlExpression left, bool negated);
  SqlExpression sum(const SqlScope& scope);
  SqlExpression product(const SqlScope& scope);
  SqlExpression unary(const SqlScope& scope);
  SqlExpression primary(const SqlScope& scope);
  SqlExpression literal();
  SqlExpression parameter();
  SqlExpression case_expression(const SqlScope& scope);
  SqlExpression subquery(const SqlScope& scope);
  SqlExpression column(const SqlScope& scope);

  // Calls (sql_call.cc).
  SqlExpression call(const SqlScope& scope);
  SqlExpression special_call(const SqlScope& scope, const SqlToken& name);
  SqlExpression cast_call(const SqlScope& scope, bool safe);
  SqlExpression extract_call(const SqlScope& scope);
  SqlExpression date_call(const SqlScope& scope, SqlType type);
  SqlExpression add_call(const SqlScope& scope, SqlType type, bool subtract);
  SqlExpression diff_call(const SqlScope& scope, SqlType type);
  SqlExpression trunc_call(const SqlScope& scope, SqlType type);
  SqlExpression table_call(const SqlScope& scope, const SqlFunction& function,
                           const SqlToken& name);
  std::string over_clause(const SqlScope& scope, SqlExpression& result);
  std::string date_part();
  SqlType type_name();

  // Types (sql_convert.cc).
  SqlExpression converted(SqlExpression value, SqlType type, const SqlToken& where) const;
  SqlType common_type(const std::vector<SqlExpression>& values, std::string_view what,
                      const SqlToken& where) const;
  void bring_together(SqlExpression& left, SqlExpression& right, std::string_view operation,
                      const SqlToken& where) const;
  SqlExpression cast_to(const SqlExpression& value, SqlType type, bool safe) const;

  std::vector<SqlToken> tokens_;
  const SqlContext& context_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::vector<SqlSource> named_queries_;  // WITH
  std::vector<SqlPath> reads_;
};

// INTEGER, FLOAT or NULL.
bool numeric(SqlType type);
// The message for an operator that does not go with these types.
std::string signature(const SqlExpression& left, const SqlExpression& right,
                      std::string_view operation);

// Adds what the surroundings of `part` must know of it to `whole`.
void absorb(SqlExpression& whole, const SqlExpression& part);

}  // namespace sandbox
