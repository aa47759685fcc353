// Runs one query job: translates, computes, and leaves the result in a table.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/sandbox/bigquery_store.h"

namespace sandbox {

// The dataset that holds the results of queries without a destination; hidden from lists, as all
// whose names begin with "_".
inline constexpr const char* kResultDataset = "_results";

struct QueryOutcome {
  std::string statement_type;
  std::vector<SqlColumn> columns;  // of a SELECT
  std::vector<TableId> referenced;
  std::int64_t bytes_processed = 0;
  std::optional<std::int64_t> dml_rows;  // of INSERT, UPDATE, DELETE
  std::optional<TableId> destination;    // of all but DML; none for a dry run
  std::string ddl_operation;             // CREATE, REPLACE, SKIP, DROP
};

// `query` is configuration.query of a job. The store is locked by the caller. Throws ApiError.
QueryOutcome run_query(BigQueryStore& store, const std::string& project,
                       const nlohmann::json& query, const std::string& job_id, bool dry_run);

// A table for a job to write to, made when it is not there and emptied, by the job's
// writeDisposition and createDisposition. Throws ApiError (404, 409).
BigQueryTable& open_destination(BigQueryStore& store, const TableId& id, const nlohmann::json& job,
                                const std::string& default_write,
                                const std::vector<SqlColumn>& columns);

}  // namespace sandbox
