#include "tests/sandbox/sql_database.h"

#include <sqlite3.h>

#include <chrono>

#include "tests/sandbox/sql_functions.h"

namespace sandbox {
namespace {

constexpr std::chrono::seconds kTimeLimit{60};

std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

int past_deadline(void* deadline) {
  const auto at = *static_cast<const std::int64_t*>(deadline);
  return at != 0 && now() > at ? 1 : 0;
}

}  // namespace

void SqlCursor::Closer::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void SqlDatabase::Closer::operator()(sqlite3* database) const { sqlite3_close(database); }

SqlCursor::SqlCursor(sqlite3* database, const std::string& sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  statement_.reset(statement);
  if (result != SQLITE_OK) throw SqlError(sqlite3_errmsg(database));
}

void SqlCursor::bind(int index, const SqlValue& value) {
  int result = SQLITE_OK;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    result = sqlite3_bind_int64(statement_.get(), index, *number);
  } else if (const auto* real = std::get_if<double>(&value)) {
    result = sqlite3_bind_double(statement_.get(), index, *real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    result = sqlite3_bind_text(statement_.get(), index, text->data(),
                               static_cast<int>(text->size()), SQLITE_TRANSIENT);
  } else {
    result = sqlite3_bind_null(statement_.get(), index);
  }
  if (result != SQLITE_OK) throw SqlError(sqlite3_errmsg(database_));
}

bool SqlCursor::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  if (result == SQLITE_INTERRUPT) throw SqlError("the statement ran longer than 60 s");
  throw SqlError(sqlite3_errmsg(database_));
}

void SqlCursor::rewind() { sqlite3_reset(statement_.get()); }

SqlValue SqlCursor::value(int column) const {
  sqlite3_stmt* statement = statement_.get();
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return {};
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    default: break;
  }
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  if (text == nullptr) return {};
  return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
}

int SqlCursor::columns() const { return sqlite3_column_count(statement_.get()); }

SqlDatabase::SqlDatabase() {
  sqlite3* database = nullptr;
  const int result = sqlite3_open(":memory:", &database);
  database_.reset(database);
  if (result != SQLITE_OK) throw SqlError("cannot open a database in memory");
  add_sqlite_functions(database);
  execute("PRAGMA case_sensitive_like = ON");
  sqlite3_progress_handler(database, 10'000, past_deadline, &deadline_);
}

SqlCursor SqlDatabase::cursor(const std::string& sql) { return {database_.get(), sql}; }

void SqlDatabase::execute(const std::string& sql) {
  SqlCursor statement = cursor(sql);
  while (statement.step()) {
  }
}

std::int64_t SqlDatabase::changes() const { return sqlite3_changes64(database_.get()); }

void SqlDatabase::limit_time_from_now() {
  deadline_ =
      now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(kTimeLimit).count();
}

}  // namespace sandbox
