// Loads: CSV and newline-delimited JSON into rows.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/sandbox/bigquery_store.h"
#include "tests/sandbox/blob.h"

namespace sandbox {

// A file that does not fit: the job fails, the request does not.
struct LoadError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct LoadOptions {
  bool json = false;
  char delimiter = ',';
  char quote = '"';
  std::int64_t skip_rows = 0;
  std::optional<std::string> null_marker;
  std::int64_t max_bad_records = 0;
  bool ignore_unknown = false;
  bool jagged_rows = false;
};

// Reads them from configuration.load; throws ApiError for what the sandbox does not load.
LoadOptions load_options(const nlohmann::json& load);

// The columns that the file seems to have, and whether its first row names them (then
// `options.skip_rows` is raised).
std::vector<SqlColumn> detect_columns(const Blob& content, LoadOptions& options);

struct LoadResult {
  std::int64_t rows = 0;
  std::int64_t bad_records = 0;
};

// Appends the file to the table: all of it or, with LoadError, nothing.
LoadResult load_rows(BigQueryStore& store, BigQueryTable& table, const Blob& content,
                     const LoadOptions& options);

}  // namespace sandbox
