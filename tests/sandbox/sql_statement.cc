// The parser's tokens, and the statements around queries: INSERT, UPDATE, DELETE, CREATE, DROP.
#include <algorithm>
#include <iterator>
#include <utility>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/sql_parser.h"

namespace sandbox {
namespace {

using Kind = SqlToken::Kind;

constexpr std::string_view kReserved[] = {
    "ALL",       "AND",      "ANY",       "ARRAY",       "AS",     "ASC",       "AT",     "BETWEEN",
    "BY",        "CASE",     "CAST",      "COLLATE",     "CREATE", "CROSS",     "CUBE",   "CURRENT",
    "DEFAULT",   "DEFINE",   "DESC",      "DISTINCT",    "ELSE",   "END",       "ESCAPE", "EXCEPT",
    "EXCLUDE",   "EXISTS",   "EXTRACT",   "FALSE",       "FETCH",  "FOLLOWING", "FOR",    "FROM",
    "FULL",      "GROUP",    "GROUPING",  "HAVING",      "IF",     "IGNORE",    "IN",     "INNER",
    "INTERSECT", "INTERVAL", "INTO",      "IS",          "JOIN",   "LEFT",      "LIKE",   "LIMIT",
    "NATURAL",   "NO",       "NOT",       "NULL",        "NULLS",  "ON",        "OR",     "ORDER",
    "OUTER",     "OVER",     "PARTITION", "QUALIFY",     "RANGE",  "RECURSIVE", "RIGHT",  "ROWS",
    "SELECT",    "SET",      "STRUCT",    "TABLESAMPLE", "THEN",   "TRUE",      "UNION",  "UNNEST",
    "USING",     "WHEN",     "WHERE",     "WINDOW",      "WITH",   "WITHIN"};

// Statements that BigQuery has and the sandbox has not.
constexpr std::string_view kOtherStatements[] = {
    "ALTER",  "ASSERT", "BEGIN",  "CALL",     "COMMIT", "DECLARE", "EXECUTE",
    "EXPORT", "FOR",    "GRANT",  "IF",       "LOAD",   "LOOP",    "MERGE",
    "RAISE",  "REPEAT", "REVOKE", "ROLLBACK", "SET",    "WHILE"};

bool reserved(const std::string& key) {
  return std::find(std::begin(kReserved), std::end(kReserved), key) != std::end(kReserved);
}

SqlPath split(std::string_view text) {
  SqlPath parts(1);
  for (const char c : text) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

const SqlColumn* find_column(const SqlTable& table, std::string_view name) {
  for (const SqlColumn& column : table.columns) {
    if (equal_ignoring_case(column.name, name)) return &column;
  }
  return nullptr;
}

}  // namespace

SqlParser::SqlParser(std::vector<SqlToken> tokens, const SqlContext& context)
    : tokens_(std::move(tokens)), context_(context) {}

const SqlToken& SqlParser::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

SqlToken SqlParser::take() {
  const SqlToken& token = peek();
  if (token.kind == Kind::end) unexpected();
  ++at_;
  return token;
}

bool SqlParser::at(std::string_view key) const {
  const SqlToken& token = peek();
  return (token.kind == Kind::word || token.kind == Kind::symbol) && token.key == key;
}

bool SqlParser::at_words(std::initializer_list<std::string_view> keys) const {
  std::size_t i = 0;
  return std::all_of(keys.begin(), keys.end(),
                     [&](std::string_view key) { return peek(i++).key == key; });
}

bool SqlParser::accept(std::string_view key) {
  if (!at(key)) return false;
  ++at_;
  return true;
}

bool SqlParser::accept_words(std::initializer_list<std::string_view> keys) {
  if (!at_words(keys)) return false;
  at_ += keys.size();
  return true;
}

void SqlParser::expect(std::string_view key) {
  if (accept(key)) return;
  const SqlToken& token = peek();
  const std::string what = token.kind == Kind::end ? "end of script" : "\"" + token.text + "\"";
  fail("Syntax error: Expected \"" + std::string(key) + "\" but got " + what, token);
}

void SqlParser::unexpected() const {
  const SqlToken& token = peek();
  switch (token.kind) {
    case Kind::end: fail("Syntax error: Unexpected end of script", token);
    case Kind::word:
      fail("Syntax error: Unexpected " +
               (reserved(token.key) ? "keyword " + token.key : "identifier \"" + token.text + "\""),
           token);
    default: fail("Syntax error: Unexpected \"" + token.text + "\"", token);
  }
}

void SqlParser::fail(const std::string& message, const SqlToken& where) const {
  throw invalid_query(message + position_of(where));
}

bool SqlParser::at_name() const {
  const SqlToken& token = peek();
  return token.kind == Kind::quoted_name || (token.kind == Kind::word && !reserved(token.key));
}

std::string SqlParser::name() {
  if (!at_name()) unexpected();
  return take().text;
}

std::string SqlParser::alias() {
  if (accept("AS")) return name();
  return at_name() ? take().text : "";
}

SqlStatement SqlParser::statement() {
  SqlStatement result;
  if (at("SELECT") || at("WITH") || at("(")) {
    result.type = "SELECT";
    SqlQuery whole = query(nullptr);
    result.sqlite = std::move(whole.sql);
    result.columns = std::move(whole.columns);
  } else if (accept("INSERT")) {
    insert_statement(result);
  } else if (accept("UPDATE")) {
    update_statement(result);
  } else if (at("DELETE") || at("TRUNCATE")) {
    delete_statement(result);
  } else if (accept("CREATE")) {
    create_statement(result);
  } else if (accept("DROP")) {
    drop_statement(result);
  } else if (std::find(std::begin(kOtherStatements), std::end(kOtherStatements), peek().key) !=
             std::end(kOtherStatements)) {
    fail("The sandbox does not run this statement: " + peek().key, peek());
  } else {
    unexpected();
  }
  accept(";");
  if (peek().kind != Kind::end) {
    if (tokens_[at_ - 1].key == ";") fail("The sandbox does not run scripts", peek());
    fail("Syntax error: Expected end of input but got \"" + peek().text + "\"", peek());
  }
  result.reads = reads_;
  return result;
}

SqlPath SqlParser::table_path() {
  if (peek().kind == Kind::quoted_name) {
    SqlPath path = split(take().text);
    while (accept(".")) {
      for (std::string& part : split(take().text)) path.push_back(std::move(part));
    }
    return path;
  }
  SqlPath path = {name()};
  // Projects are called foo-project: no spaces around the dashes.
  while (at("-") && peek().glued && peek(1).glued) {
    take();
    path[0] += "-" + take().text;
  }
  while (accept(".")) path.push_back(take().text);
  return path;
}

SqlTable SqlParser::table(const SqlPath& path) {
  SqlTable found = context_.find_table(path);
  if (std::find(reads_.begin(), reads_.end(), path) == reads_.end()) reads_.push_back(path);
  return found;
}

void SqlParser::insert_statement(SqlStatement& statement) {
  statement.kind = SqlStatement::Kind::insert;
  statement.type = "INSERT";
  accept("INTO");
  statement.target = table_path();
  const SqlTable target = context_.find_table(statement.target);
  std::vector<SqlColumn> columns;
  std::string list;
  if (accept("(")) {
    do {
      const SqlToken where = peek();
      const SqlColumn* column = find_column(target, name());
      if (column == nullptr) fail("Column " + where.text + " is not present in the table", where);
      columns.push_back(*column);
    } while (accept(","));
    expect(")");
  } else {
    columns = target.columns;
  }
  for (const SqlColumn& column : columns) {
    list += (list.empty() ? "" : ", ") + sqlite_name(column.name);
  }
  statement.sqlite = "INSERT INTO " + sqlite_name(target.sqlite_name) + " (" + list + ") ";
  const SqlToken where = peek();
  if (!accept("VALUES")) {
    const SqlQuery source = query(nullptr);
    if (source.columns.size() != columns.size()) {
      fail("Inserted row has wrong column count; Has " + std::to_string(source.columns.size()) +
               ", expected " + std::to_string(columns.size()),
           where);
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      SqlExpression value;
      value.type = source.columns[i].type;
      converted(std::move(value), columns[i].type, where);
    }
    statement.sqlite += source.sql;
    return;
  }
  const SqlScope nothing;
  std::string rows;
  do {
    const SqlToken row = peek();
    expect("(");
    std::string values;
    std::size_t count = 0;
    do {
      SqlExpression value = expression(nothing);
      if (count < columns.size()) value = converted(std::move(value), columns[count].type, row);
      values += (values.empty() ? "" : ", ") + value.sql;
      ++count;
    } while (accept(","));
    expect(")");
    if (count != columns.size()) {
      fail("Inserted row has wrong column count; Has " + std::to_string(count) + ", expected " +
               std::to_string(columns.size()),
           row);
    }
    rows += (rows.empty() ? "(" : ", (") + values + ")";
  } while (accept(","));
  statement.sqlite += "VALUES " + rows;
}

void SqlParser::update_statement(SqlStatement& statement) {
  statement.kind = SqlStatement::Kind::update;
  statement.type = "UPDATE";
  statement.target = table_path();
  SqlTable target = context_.find_table(statement.target);
  SqlScope scope;
  scope.sources.push_back({statement.target.back(), target.columns, {}});
  if (std::string given = alias(); !given.empty()) scope.sources[0].alias = std::move(given);
  expect("SET");
  std::string list;
  do {
    const SqlToken where = peek();
    const SqlColumn* column = find_column(target, name());
    if (column == nullptr) fail("Column " + where.text + " is not present in the table", where);
    expect("=");
    const SqlExpression value = converted(expression(scope), column->type, where);
    list += (list.empty() ? "" : ", ") + sqlite_name(column->name) + " = " + value.sql;
  } while (accept(","));
  if (at("FROM")) fail("The sandbox has no UPDATE with FROM", peek());
  if (!at("WHERE")) fail("UPDATE must have a WHERE clause", peek());
  take();
  statement.sqlite = "UPDATE " + sqlite_name(target.sqlite_name) + " AS " +
                     sqlite_name(scope.sources[0].alias) + " SET " + list + " WHERE " +
                     condition(scope, "WHERE clause").sql;
}

void SqlParser::delete_statement(SqlStatement& statement) {
  statement.kind = SqlStatement::Kind::remove;
  const bool truncate = at("TRUNCATE");
  statement.type = truncate ? "TRUNCATE_TABLE" : "DELETE";
  take();
  if (truncate) {
    expect("TABLE");
  } else {
    accept("FROM");
  }
  statement.target = table_path();
  SqlTable target = context_.find_table(statement.target);
  statement.sqlite = "DELETE FROM " + sqlite_name(target.sqlite_name);
  if (truncate) return;
  SqlScope scope;
  scope.sources.push_back({statement.target.back(), std::move(target.columns), {}});
  if (std::string given = alias(); !given.empty()) scope.sources[0].alias = std::move(given);
  if (!at("WHERE")) fail("DELETE must have a WHERE clause", peek());
  take();
  statement.sqlite += " AS " + sqlite_name(scope.sources[0].alias) + " WHERE " +
                      condition(scope, "WHERE clause").sql;
}

void SqlParser::create_statement(SqlStatement& statement) {
  statement.kind = SqlStatement::Kind::create_table;
  statement.type = "CREATE_TABLE";
  statement.or_replace = accept_words({"OR", "REPLACE"});
  if (!at("TABLE")) fail("The sandbox creates tables only", peek());
  take();
  statement.if_exists = accept_words({"IF", "NOT", "EXISTS"});
  statement.target = table_path();
  if (accept("(")) {
    do {
      SqlColumn column;
      column.name = name();
      column.type = type_name();
      column.required = accept_words({"NOT", "NULL"});
      statement.columns.push_back(std::move(column));
    } while (accept(","));
    expect(")");
  }
  // dbt writes an empty list.
  if (accept("OPTIONS")) {
    expect("(");
    expect(")");
  }
  if (!accept("AS")) {
    if (statement.columns.empty()) fail("No column definitions in CREATE TABLE", peek());
    return;
  }
  const SqlToken where = peek();
  SqlQuery source = query(nullptr);
  if (!statement.columns.empty()) fail("The sandbox has no column list with AS SELECT", where);
  statement.type = "CREATE_TABLE_AS_SELECT";
  statement.sqlite = std::move(source.sql);
  statement.columns = std::move(source.columns);
}

void SqlParser::drop_statement(SqlStatement& statement) {
  statement.kind = SqlStatement::Kind::drop_table;
  statement.type = "DROP_TABLE";
  if (!at("TABLE")) fail("The sandbox drops tables only", peek());
  take();
  statement.if_exists = accept_words({"IF", "EXISTS"});
  statement.target = table_path();
}

SqlStatement translate_sql(std::string_view sql, const SqlContext& context) {
  return SqlParser(tokenize(sql), context).statement();
}

bool reads_no_table(std::string_view sql) {
  const std::vector<SqlToken> tokens = tokenize(sql);
  return !tokens.empty() && tokens[0].key == "SELECT" &&
         std::none_of(tokens.begin(), tokens.end(), [](const SqlToken& token) {
           return token.kind == Kind::word && token.key == "FROM";
         });
}

}  // namespace sandbox
