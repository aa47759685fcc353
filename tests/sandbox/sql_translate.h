// Translates a BigQuery statement to SQLite, with the types of its columns: the types are known
// from the text, since SQLite's values do not tell a BOOLEAN or a TIMESTAMP from a number.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/sql_types.h"

namespace sandbox {

// A table as statements see it.
struct SqlTable {
  std::string sqlite_name;  // what it is called in SQLite
  std::vector<SqlColumn> columns;
};

struct SqlParameter {
  std::string name;  // "" for a positional one
  SqlType type = SqlType::string;
  SqlValue value;
};

// The places in a dataset that a statement names: "p.d.t", "d.t" or "t", cut at the dots.
using SqlPath = std::vector<std::string>;

struct SqlContext {
  // Finds a table or throws ApiError (404 notFound).
  std::function<SqlTable(const SqlPath&)> find_table;
  std::vector<SqlParameter> parameters;
  std::int64_t now_micros = 0;
};

struct SqlStatement {
  enum class Kind { select, insert, update, remove, create_table, drop_table };

  Kind kind = Kind::select;
  std::string type;    // "SELECT", "CREATE_TABLE_AS_SELECT", …: statementType in answers
  std::string sqlite;  // "" for create_table without a query and for drop_table
  std::vector<SqlColumn> columns;  // of the result, or of the table to create
  std::vector<SqlPath> reads;      // each table once, in the order they were named
  SqlPath target;                  // of all but select
  bool or_replace = false;         // CREATE OR REPLACE
  bool if_exists = false;          // IF NOT EXISTS, IF EXISTS
};

// Throws ApiError (400 invalidQuery, 404 notFound) with BigQuery's words where it has them.
SqlStatement translate_sql(std::string_view sql, const SqlContext& context);

// Whether the statement reads no table: those legacy SQL and standard SQL agree on.
bool reads_no_table(std::string_view sql);

}  // namespace sandbox
