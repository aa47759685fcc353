#include "tests/sandbox/bigquery_store.h"

#include <chrono>
#include <utility>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/sql_token.h"

namespace sandbox {
namespace {

// Begins a transaction, and takes it back unless it was committed.
class Transaction {
 public:
  explicit Transaction(SqlDatabase& database) : database_(database) { database_.execute("BEGIN"); }
  ~Transaction() {
    if (!done_) database_.execute("ROLLBACK");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit() {
    database_.execute("COMMIT");
    done_ = true;
  }

 private:
  SqlDatabase& database_;
  bool done_ = false;
};

// Dates and times are numbers in SQLite; a STRING must stay text, "007" included.
std::string_view affinity(SqlType type) {
  if (type == SqlType::string) return "TEXT";
  return type == SqlType::floating ? "REAL" : "INTEGER";
}

std::string dataset_name(const std::string& project, const std::string& name) {
  return project + ":" + name;
}

bool valid_name(const std::string& name) {
  if (name.empty() || name.size() > 1024) return false;
  return name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$") ==
         std::string::npos;
}

}  // namespace

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

BigQueryStore::BigQueryStore() {
  projects_["foo-project"];
  add_dataset("foo-project", "hoge_dataset", {{"description", "Dataset of the sandbox"}});
  BigQueryTable& table = add_table({"foo-project", "hoge_dataset", "fuga_table"},
                                   {{"id", SqlType::integer, true, "Number of the order"},
                                    {"name", SqlType::string, false, "Who ordered"},
                                    {"amount", SqlType::floating, false, "Price"},
                                    {"paid", SqlType::boolean, false, "Whether it is paid"},
                                    {"day", SqlType::date, false, "Day of delivery"},
                                    {"created", SqlType::timestamp, false, "When it came in"}},
                                   {{"description", "Orders"}});
  struct Order {
    std::int64_t id;
    const char* name;
    double amount;
    std::int64_t paid;
    const char* day;
    const char* created;
  };
  const std::vector<Order> orders = {
      {1, "alice", 12.5, 1, "2024-01-05", "2024-01-02 03:04:05"},
      {2, "bob", 7.25, 0, "2024-01-06", "2024-01-03 10:30:00"},
      {3, "carol", 100.0, 1, "2024-02-01", "2024-01-30 23:59:59.5"},
      {4, "dave", 0.99, 1, "2024-02-29", "2024-02-28 12:00:00"},
      {5, "たろう", 42.0, 0, "2024-03-01", "2024-02-29 00:00:00"},
  };
  std::size_t at = 0;
  append(table, [&](SqlRow& row) {
    if (at == orders.size()) return false;
    const Order& order = orders[at++];
    row = {order.id,   std::string(order.name),       order.amount,
           order.paid, parse_date(order.day).value(), parse_timestamp(order.created).value()};
    return true;
  });
}

std::vector<std::string> BigQueryStore::projects() const {
  std::vector<std::string> names;
  for (const auto& [name, datasets] : projects_) names.push_back(name);
  return names;
}

void BigQueryStore::require_project(const std::string& project) const {
  if (projects_.contains(project)) return;
  throw ApiError(403, "accessDenied",
                 "Access Denied: Project " + project +
                     ": User does not have bigquery.jobs.create permission in project " + project +
                     ".");
}

std::map<std::string, BigQueryDataset>& BigQueryStore::datasets(const std::string& project) {
  require_project(project);
  return projects_.at(project);
}

BigQueryDataset& BigQueryStore::dataset(const std::string& project, const std::string& name) {
  auto& all = datasets(project);
  const auto found = all.find(name);
  if (found == all.end()) throw not_found("Not found: Dataset " + dataset_name(project, name));
  return found->second;
}

BigQueryDataset& BigQueryStore::add_dataset(const std::string& project, const std::string& name,
                                            nlohmann::json given) {
  auto& all = datasets(project);
  if (!valid_name(name)) throw bad_request("Invalid dataset ID \"" + name + "\".");
  if (all.contains(name)) {
    throw ApiError(409, "duplicate", "Already Exists: Dataset " + dataset_name(project, name));
  }
  BigQueryDataset& added = all[name];
  added.project = project;
  added.name = name;
  added.created_ms = added.modified_ms = now_ms();
  added.given = std::move(given);
  return added;
}

void BigQueryStore::remove_dataset(const std::string& project, const std::string& name,
                                   bool with_tables) {
  BigQueryDataset& gone = dataset(project, name);
  if (!gone.tables.empty() && !with_tables) {
    throw ApiError(400, "resourceInUse",
                   "Dataset " + dataset_name(project, name) + " is still in use");
  }
  for (const auto& [table_name, table] : gone.tables) {
    database_.execute("DROP TABLE " + sqlite_name(table.sqlite_name));
  }
  datasets(project).erase(name);
}

BigQueryTable* BigQueryStore::find_table(const TableId& id) {
  BigQueryDataset& in = dataset(id.project, id.dataset);
  const auto found = in.tables.find(id.table);
  return found == in.tables.end() ? nullptr : &found->second;
}

BigQueryTable& BigQueryStore::table(const TableId& id) {
  if (BigQueryTable* found = find_table(id)) return *found;
  throw not_found("Not found: Table " + dataset_name(id.project, id.dataset) + "." + id.table);
}

BigQueryTable& BigQueryStore::add_table(const TableId& id, std::vector<SqlColumn> columns,
                                        nlohmann::json given) {
  if (!valid_name(id.table)) throw bad_request("Invalid table ID \"" + id.table + "\".");
  if (find_table(id) != nullptr) {
    throw ApiError(
        409, "duplicate",
        "Already Exists: Table " + dataset_name(id.project, id.dataset) + "." + id.table);
  }
  BigQueryTable added;
  added.id = id;
  added.sqlite_name = "table " + std::to_string(next_table_++);
  std::string list;
  for (const SqlColumn& column : columns) {
    list += ", " + sqlite_name(column.name) + " " + std::string(affinity(column.type)) +
            (column.required ? " NOT NULL" : "");
  }
  // The first column keeps the order of the rows, and lets a table have no other.
  database_.execute("CREATE TABLE " + sqlite_name(added.sqlite_name) +
                    " (\"row number\" INTEGER PRIMARY KEY AUTOINCREMENT" + list + ")");
  added.columns = std::move(columns);
  added.created_ms = added.modified_ms = now_ms();
  added.given = std::move(given);
  return dataset(id.project, id.dataset).tables[id.table] = std::move(added);
}

void BigQueryStore::remove_table(const TableId& id) {
  const BigQueryTable& gone = table(id);
  database_.execute("DROP TABLE " + sqlite_name(gone.sqlite_name));
  dataset(id.project, id.dataset).tables.erase(id.table);
}

std::int64_t BigQueryStore::append(BigQueryTable& table, const std::function<bool(SqlRow&)>& next) {
  std::string marks = "NULL";
  for (std::size_t i = 0; i < table.columns.size(); ++i) marks += ", ?";
  Transaction transaction(database_);
  std::int64_t count = 0;
  {
    SqlCursor insert = database_.cursor("INSERT INTO " + sqlite_name(table.sqlite_name) +
                                        " VALUES (" + marks + ")");
    for (SqlRow row; next(row); row.clear()) {
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        insert.bind(static_cast<int>(i) + 1, i < row.size() ? row[i] : SqlValue());
      }
      insert.step();
      insert.rewind();
      ++count;
    }
  }
  transaction.commit();
  table.modified_ms = now_ms();
  return count;
}

void BigQueryStore::clear(BigQueryTable& table) {
  database_.execute("DELETE FROM " + sqlite_name(table.sqlite_name));
  table.modified_ms = now_ms();
}

std::vector<SqlRow> BigQueryStore::rows(const BigQueryTable& table, std::int64_t start,
                                        std::int64_t most) {
  std::string list = "NULL";
  for (const SqlColumn& column : table.columns) list += ", " + sqlite_name(column.name);
  SqlCursor cursor = database_.cursor("SELECT " + list + " FROM " + sqlite_name(table.sqlite_name) +
                                      " ORDER BY \"row number\" LIMIT ? OFFSET ?");
  cursor.bind(1, most);
  cursor.bind(2, start);
  std::vector<SqlRow> result;
  while (cursor.step()) {
    SqlRow& row = result.emplace_back();
    for (int i = 1; i < cursor.columns(); ++i) row.push_back(cursor.value(i));
  }
  return result;
}

std::int64_t BigQueryStore::row_count(const BigQueryTable& table) {
  SqlCursor cursor = database_.cursor("SELECT count(*) FROM " + sqlite_name(table.sqlite_name));
  cursor.step();
  return std::get<std::int64_t>(cursor.value(0));
}

std::int64_t BigQueryStore::byte_count(const BigQueryTable& table) {
  std::string sum = "0";
  for (const SqlColumn& column : table.columns) {
    const std::string name = sqlite_name(column.name);
    std::string size = column.type == SqlType::boolean ? "1" : "8";
    if (column.type == SqlType::string) {
      size.assign("2 + length(CAST(").append(name).append(" AS BLOB))");
    }
    sum.append(" + iif(").append(name).append(" IS NULL, 0, ").append(size).append(")");
  }
  SqlCursor cursor = database_.cursor("SELECT coalesce(sum(" + sum + "), 0) FROM " +
                                      sqlite_name(table.sqlite_name));
  cursor.step();
  return std::get<std::int64_t>(cursor.value(0));
}

}  // namespace sandbox
