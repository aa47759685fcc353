// A SQLite database in memory, and statements on it that are closed by leaving their scope.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/sandbox/sql_types.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sandbox {

// What SQLite says is wrong.
struct SqlError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class SqlCursor {
 public:
  SqlCursor(sqlite3* database, const std::string& sql);  // throws SqlError

  void bind(int index, const SqlValue& value);  // from 1
  bool step();                                  // whether there is a row; throws SqlError
  void rewind();                                // to run it again with other values
  SqlValue value(int column) const;             // from 0
  int columns() const;

 private:
  struct Closer {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Closer> statement_;
};

// Not for several threads at once: whoever owns it has the lock.
class SqlDatabase {
 public:
  SqlDatabase();

  SqlCursor cursor(const std::string& sql);
  void execute(const std::string& sql);
  // Rows that the last INSERT, UPDATE or DELETE touched.
  std::int64_t changes() const;
  // From now, a statement that runs longer fails: a careless join must not stop the sandbox.
  void limit_time_from_now();

 private:
  struct Closer {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Closer> database_;
  std::int64_t deadline_ = 0;
};

}  // namespace sandbox
