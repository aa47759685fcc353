// What the sandbox's BigQuery holds: projects, datasets and tables, with the rows in SQLite.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/sandbox/sql_database.h"
#include "tests/sandbox/sql_translate.h"

namespace sandbox {

using SqlRow = std::vector<SqlValue>;

struct TableId {
  std::string project;
  std::string dataset;
  std::string table;
};

struct BigQueryTable {
  TableId id;
  std::string sqlite_name;
  std::vector<SqlColumn> columns;
  std::int64_t created_ms = 0;
  std::int64_t modified_ms = 0;
  nlohmann::json given = nlohmann::json::object();  // description, labels, …: given and given back
};

struct BigQueryDataset {
  std::string project;
  std::string name;
  std::int64_t created_ms = 0;
  std::int64_t modified_ms = 0;
  nlohmann::json given = nlohmann::json::object();
  std::map<std::string, BigQueryTable> tables;
};

// Hold `mutex` around each call and as long as a reference that came from one is used. Everything
// that looks something up throws ApiError (403 accessDenied, 404 notFound, 409 duplicate).
class BigQueryStore {
 public:
  BigQueryStore();  // with the project foo-project and its hoge_dataset.fuga_table

  std::mutex mutex;

  std::vector<std::string> projects() const;
  void require_project(const std::string& project) const;
  std::map<std::string, BigQueryDataset>& datasets(const std::string& project);

  BigQueryDataset& dataset(const std::string& project, const std::string& name);
  BigQueryDataset& add_dataset(const std::string& project, const std::string& name,
                               nlohmann::json given);
  void remove_dataset(const std::string& project, const std::string& name, bool with_tables);

  BigQueryTable* find_table(const TableId& id);  // nullptr where there is none
  BigQueryTable& table(const TableId& id);
  BigQueryTable& add_table(const TableId& id, std::vector<SqlColumn> columns,
                           nlohmann::json given = nlohmann::json::object());
  void remove_table(const TableId& id);

  // Appends the rows that `next` writes until it returns false; all of them or, when it throws,
  // none. Returns how many.
  std::int64_t append(BigQueryTable& table, const std::function<bool(SqlRow&)>& next);
  void clear(BigQueryTable& table);
  // Rows in the order they came in.
  std::vector<SqlRow> rows(const BigQueryTable& table, std::int64_t start, std::int64_t most);
  std::int64_t row_count(const BigQueryTable& table);
  // The size BigQuery would bill: 8 bytes for numbers and times, 1 for a BOOLEAN, 2 and the
  // text's own for a STRING.
  std::int64_t byte_count(const BigQueryTable& table);

  SqlDatabase& database() { return database_; }

 private:
  SqlDatabase database_;
  std::map<std::string, std::map<std::string, BigQueryDataset>> projects_;
  int next_table_ = 1;
};

std::int64_t now_ms();

}  // namespace sandbox
