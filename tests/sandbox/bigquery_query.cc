#include "tests/sandbox/bigquery_query.h"

#include <algorithm>
#include <set>
#include <utility>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/bigquery_json.h"

namespace sandbox {
namespace {

std::vector<SqlParameter> parameters_of(const nlohmann::json& query) {
  std::vector<SqlParameter> result;
  for (const auto& given : query.value("queryParameters", nlohmann::json::array())) {
    SqlParameter parameter;
    parameter.name = given.value("name", "");
    const nlohmann::json type = given.value("parameterType", nlohmann::json::object());
    const std::string type_text = type.value("type", "");
    const auto known = type_by_name(type_text);
    if (!known) {
      throw bad_request("Query parameter '" + parameter.name + "' is of type " + type_text +
                        ", which the sandbox has not got");
    }
    parameter.type = *known;
    const nlohmann::json value = given.value("parameterValue", nlohmann::json::object());
    if (value.contains("value") && !value["value"].is_null()) {
      const std::string text =
          value["value"].is_string() ? value["value"].get<std::string>() : value["value"].dump();
      const auto parsed = parse_value(text, parameter.type);
      if (!parsed) {
        throw bad_request("Invalid value for query parameter '" + parameter.name + "': " + text);
      }
      parameter.value = *parsed;
    }
    result.push_back(std::move(parameter));
  }
  return result;
}

// Turns the places of a statement into ids.
class Resolver {
 public:
  Resolver(std::string project, const nlohmann::json& query) : project_(std::move(project)) {
    if (query.contains("defaultDataset")) {
      default_project_ = query["defaultDataset"].value("projectId", project_);
      default_dataset_ = query["defaultDataset"].value("datasetId", "");
    }
  }

  TableId resolve(const SqlPath& path) const {
    for (const std::string& part : path) {
      if (upper(part) == "INFORMATION_SCHEMA") {
        throw invalid_query("The sandbox has no INFORMATION_SCHEMA");
      }
    }
    if (path.size() == 3) return {path[0], path[1], path[2]};
    if (path.size() == 2) return {project_, path[0], path[1]};
    if (path.size() > 3) throw invalid_query("Invalid table name: too many parts");
    if (default_dataset_.empty()) {
      throw invalid_query("Table \"" + path[0] +
                          "\" must be qualified with a dataset (e.g. dataset.table).");
    }
    return {default_project_, default_dataset_, path[0]};
  }

 private:
  std::string project_;
  std::string default_project_;
  std::string default_dataset_;
};

void check_dialect(const nlohmann::json& query, const std::string& sql) {
  bool legacy = json_flag(query, "useLegacySql", true);
  const auto start = sql.find_first_not_of(" \t\r\n");
  const std::string first = start == std::string::npos ? "" : upper(sql.substr(start, 12));
  if (first.starts_with("#STANDARDSQL")) legacy = false;
  if (first.starts_with("#LEGACYSQL")) legacy = true;
  if (!legacy || reads_no_table(sql)) return;
  throw invalid_query(
      "The sandbox runs legacy SQL only without FROM: set useLegacySql to false "
      "(bq: --use_legacy_sql=false)");
}

void check_columns(const std::vector<SqlColumn>& columns) {
  std::set<std::string> seen;
  for (const SqlColumn& column : columns) {
    if (seen.insert(upper(column.name)).second) continue;
    throw invalid_query(
        "Duplicate column names in the result are not supported. Found "
        "duplicate(s): " +
        column.name);
  }
}

// All rows of a SELECT. They are read before any is written: the destination may be a source.
std::vector<SqlRow> compute(SqlDatabase& database, const SqlStatement& statement) {
  SqlCursor cursor = database.cursor(statement.sqlite);
  std::vector<SqlRow> rows;
  while (cursor.step()) {
    SqlRow& row = rows.emplace_back();
    for (std::size_t i = 0; i < statement.columns.size(); ++i) {
      row.push_back(cursor.value(static_cast<int>(i)));
      // SQLite goes over to floating point where BigQuery stops.
      const bool overflown = std::holds_alternative<double>(row.back()) &&
                             statement.columns[i].type != SqlType::floating;
      if (overflown) throw SqlError("int64 overflow in column " + statement.columns[i].name);
    }
  }
  return rows;
}

void write(BigQueryStore& store, BigQueryTable& table, std::vector<SqlRow> rows) {
  std::size_t at = 0;
  store.append(table, [&](SqlRow& row) {
    if (at == rows.size()) return false;
    row = std::move(rows[at++]);
    return true;
  });
}

std::vector<SqlColumn> plain(std::vector<SqlColumn> columns) {
  for (SqlColumn& column : columns) {
    // A column that is NULL everywhere is an INTEGER.
    if (column.type == SqlType::null) column.type = SqlType::integer;
  }
  return columns;
}

class QueryRun {
 public:
  QueryRun(BigQueryStore& store, std::string project, const nlohmann::json& query)
      : store_(store), project_(std::move(project)), query_(query), resolver_(project_, query) {}

  QueryOutcome run(const std::string& job_id, bool dry_run) {
    const std::string sql = query_.value("query", "");
    if (sql.empty()) throw ApiError(400, "required", "Required parameter is missing: query");
    check_dialect(query_, sql);
    SqlContext context;
    context.find_table = [this](const SqlPath& path) {
      const BigQueryTable& found = store_.table(resolver_.resolve(path));
      return SqlTable{found.sqlite_name, found.columns};
    };
    context.parameters = parameters_of(query_);
    context.now_micros = now_ms() * 1000;
    SqlStatement statement = translate_sql(sql, context);
    statement.columns = plain(std::move(statement.columns));
    check_columns(statement.columns);
    QueryOutcome outcome;
    outcome.statement_type = statement.type;
    for (const SqlPath& path : statement.reads) {
      const BigQueryTable& table = store_.table(resolver_.resolve(path));
      outcome.referenced.push_back(table.id);
      outcome.bytes_processed += store_.byte_count(table);
    }
    if (statement.kind == SqlStatement::Kind::select) outcome.columns = statement.columns;
    if (dry_run) {
      if (!statement.sqlite.empty()) store_.database().cursor(statement.sqlite);
      return outcome;
    }
    store_.database().limit_time_from_now();
    switch (statement.kind) {
      case SqlStatement::Kind::select: select(statement, job_id, outcome); break;
      case SqlStatement::Kind::create_table: create(statement, outcome); break;
      case SqlStatement::Kind::drop_table: drop(statement, outcome); break;
      default:
        store_.database().execute(statement.sqlite);
        outcome.dml_rows = store_.database().changes();
        store_.table(resolver_.resolve(statement.target)).modified_ms = now_ms();
    }
    return outcome;
  }

 private:
  void select(const SqlStatement& statement, const std::string& job_id, QueryOutcome& outcome) {
    std::vector<SqlRow> rows = compute(store_.database(), statement);
    TableId id{project_, kResultDataset, "anon_" + job_id};
    if (query_.contains("destinationTable")) {
      id = table_id(query_["destinationTable"], project_);
    } else if (!store_.datasets(project_).contains(kResultDataset)) {
      store_.add_dataset(project_, kResultDataset, nlohmann::json::object());
    }
    BigQueryTable& table = open_destination(store_, id, query_, "WRITE_EMPTY", statement.columns);
    write(store_, table, std::move(rows));
    outcome.destination = id;
  }

  void create(const SqlStatement& statement, QueryOutcome& outcome) {
    const TableId id = resolver_.resolve(statement.target);
    outcome.destination = id;
    const bool exists = store_.find_table(id) != nullptr;
    outcome.ddl_operation = exists ? (statement.or_replace ? "REPLACE" : "SKIP") : "CREATE";
    if (exists && statement.if_exists) return;
    std::vector<SqlRow> rows;
    if (!statement.sqlite.empty()) rows = compute(store_.database(), statement);
    if (exists && statement.or_replace) store_.remove_table(id);
    write(store_, store_.add_table(id, statement.columns), std::move(rows));
  }

  void drop(const SqlStatement& statement, QueryOutcome& outcome) {
    const TableId id = resolver_.resolve(statement.target);
    outcome.destination = id;
    outcome.ddl_operation = "DROP";
    if (statement.if_exists && store_.find_table(id) == nullptr) {
      outcome.ddl_operation = "SKIP";
      return;
    }
    store_.remove_table(id);
  }

  BigQueryStore& store_;
  std::string project_;
  const nlohmann::json& query_;
  Resolver resolver_;
};

}  // namespace

BigQueryTable& open_destination(BigQueryStore& store, const TableId& id, const nlohmann::json& job,
                                const std::string& default_write,
                                const std::vector<SqlColumn>& columns) {
  BigQueryTable* table = store.find_table(id);
  if (table == nullptr) {
    if (job.value("createDisposition", "CREATE_IF_NEEDED") == "CREATE_NEVER") store.table(id);
    return store.add_table(id, columns);
  }
  const std::string disposition = job.value("writeDisposition", default_write);
  if (disposition == "WRITE_TRUNCATE") {
    if (columns.empty()) {
      store.clear(*table);
      return *table;
    }
    nlohmann::json given = table->given;
    store.remove_table(id);
    return store.add_table(id, columns, std::move(given));
  }
  if (disposition == "WRITE_EMPTY" && store.row_count(*table) > 0) {
    throw ApiError(409, "duplicate",
                   "Already Exists: Table " + id.project + ":" + id.dataset + "." + id.table);
  }
  const auto same = [](const SqlColumn& a, const SqlColumn& b) {
    return equal_ignoring_case(a.name, b.name) && a.type == b.type;
  };
  if (!columns.empty() && !std::equal(columns.begin(), columns.end(), table->columns.begin(),
                                      table->columns.end(), same)) {
    throw bad_request("Provided Schema does not match Table " + id.project + ":" + id.dataset +
                      "." + id.table + ".");
  }
  return *table;
}

QueryOutcome run_query(BigQueryStore& store, const std::string& project,
                       const nlohmann::json& query, const std::string& job_id, bool dry_run) {
  try {
    return QueryRun(store, project, query).run(job_id, dry_run);
  } catch (const SqlError& error) {
    throw invalid_query(error.what());
  }
}

}  // namespace sandbox
