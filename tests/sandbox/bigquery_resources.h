// Projects, datasets, tables and their rows, as REST resources.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/bigquery_store.h"
#include "tests/sandbox/http.h"

namespace sandbox {

// Hold the store's mutex; `body` is the request's JSON, read before. All throw ApiError.
nlohmann::json list_projects(const BigQueryStore& store);

// /projects/P/datasets…: `parts` are those after "datasets".
Response serve_datasets(BigQueryStore& store, const Request& request, const std::string& project,
                        const std::vector<std::string>& parts, const nlohmann::json& body);

// A number in the query, `otherwise` where it is absent.
std::int64_t query_number(const Request& request, std::string_view name, std::int64_t otherwise);
bool query_flag(const Request& request, std::string_view name);

}  // namespace sandbox
