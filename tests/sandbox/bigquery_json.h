// The JSON of BigQuery's resources.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/sandbox/bigquery_store.h"

namespace sandbox {

// {"fields": […]}; throws ApiError (400) for types and modes the sandbox has not got.
std::vector<SqlColumn> columns_from_schema(const nlohmann::json& schema);
nlohmann::json schema_json(const std::vector<SqlColumn>& columns);

nlohmann::json table_reference(const TableId& id);
TableId table_id(const nlohmann::json& reference, const std::string& default_project);

nlohmann::json dataset_json(const BigQueryDataset& dataset, bool in_list);
// With counts of rows and bytes unless it is an entry of a list.
nlohmann::json table_json(BigQueryStore& store, const BigQueryTable& table, bool in_list);

// {"f": [{"v": …}, …]} for each row.
nlohmann::json rows_json(const std::vector<SqlRow>& rows, const std::vector<SqlColumn>& columns,
                         bool int64_timestamps);

// A number that may come as a number or as a text, as in most of BigQuery's JSON.
std::optional<std::int64_t> json_number(const nlohmann::json& object, const char* key);
// The same for a flag.
bool json_flag(const nlohmann::json& object, const char* key, bool otherwise);

}  // namespace sandbox
