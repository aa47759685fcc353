// The functions of BigQuery's SQL that the sandbox has: how each is said in SQLite, what it takes
// and what it gives. A function that is not in the table is refused by name, so that no function
// of SQLite's own shines through.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/sql_types.h"

struct sqlite3;

namespace sandbox {

struct SqlFunction {
  enum class Kind { scalar, aggregate, window };
  // What a call gives: a type of its own, or one found from the arguments.
  enum class Gives { integer, floating, string, boolean, date, timestamp, first, common };

  std::string_view name;
  Kind kind;
  // One letter for each argument: n number, i integer, s string, b boolean, d date, t timestamp,
  // * anything, c as the others of this kind (brought to their common type). After '?' arguments
  // may be left out; '+' at the end repeats the last one.
  std::string_view takes;
  Gives gives;
  // In SQLite: $1… is an argument, $* all of them with commas, $| all of them joined by ||.
  std::string_view sqlite;
};

// The function of that name (in any case), nullptr where there is none.
const SqlFunction* find_function(std::string_view name);

// Fills the argument texts into the function's SQLite form.
std::string fill_template(std::string_view form, const std::vector<std::string>& arguments);

// Microseconds of a part of fixed length ("HOUR"), nullopt for MONTH and the like.
std::optional<std::int64_t> part_micros(std::string_view part);
// Whether `bq_extract`, and whether `bq_trunc` know the part.
bool can_extract(std::string_view part);
bool can_truncate(std::string_view part);

// Adds the functions beginning with bq_ that translated statements call.
void add_sqlite_functions(sqlite3* database);

}  // namespace sandbox
