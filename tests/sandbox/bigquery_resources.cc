#include "tests/sandbox/bigquery_resources.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "tests/sandbox/bigquery_jobs.h"
#include "tests/sandbox/bigquery_json.h"

namespace sandbox {
namespace {

constexpr std::int64_t kListPage = 1000;

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

// One page of a list of resources: those of `all` that the request asks for.
nlohmann::json paged(const Request& request, std::vector<nlohmann::json> all) {
  const std::int64_t start = page_start(request.query_value("pageToken").value_or(""));
  const std::int64_t most =
      std::clamp<std::int64_t>(query_number(request, "maxResults", kListPage), 1, kListPage);
  const std::int64_t total = std::ssize(all);
  nlohmann::json items = nlohmann::json::array();
  const std::int64_t end = std::min(total, start + most);
  for (std::int64_t i = start; i < end; ++i) {
    items.push_back(std::move(all[static_cast<std::size_t>(i)]));
  }
  nlohmann::json json = {{"items", std::move(items)}};
  if (end < total) json["nextPageToken"] = page_token(end);
  return json;
}

// What a client says of a dataset or a table beside its name and schema.
nlohmann::json given_fields(const nlohmann::json& body) {
  nlohmann::json given = nlohmann::json::object();
  for (const char* field : {"description", "friendlyName", "labels", "location", "access",
                            "defaultTableExpirationMs", "expirationTime"}) {
    if (body.contains(field)) given[field] = body[field];
  }
  return given;
}

// A patch: null takes away.
void merge_fields(nlohmann::json& given, const nlohmann::json& body, bool replace) {
  if (replace) given = nlohmann::json::object();
  const nlohmann::json fields = given_fields(body);
  for (const auto& [field, value] : fields.items()) {
    if (value.is_null()) {
      given.erase(field);
    } else {
      given[field] = value;
    }
  }
}

Response list_datasets(BigQueryStore& store, const Request& request, const std::string& project) {
  const bool all = query_flag(request, "all");
  std::vector<nlohmann::json> items;
  for (const auto& [name, dataset] : store.datasets(project)) {
    if (all || !name.starts_with('_')) items.push_back(dataset_json(dataset, true));
  }
  nlohmann::json json = paged(request, std::move(items));
  json["datasets"] = std::move(json["items"]);
  json.erase("items");
  json["kind"] = "bigquery#datasetList";
  return json_response(json);
}

Response insert_dataset(BigQueryStore& store, const std::string& project,
                        const nlohmann::json& body) {
  const nlohmann::json reference = body.value("datasetReference", nlohmann::json::object());
  const std::string name = reference.value("datasetId", "");
  return json_response(dataset_json(store.add_dataset(project, name, given_fields(body)), false));
}

Response serve_dataset(BigQueryStore& store, const Request& request, const std::string& project,
                       const std::string& name, const nlohmann::json& body) {
  if (request.method == "GET") {
    return json_response(dataset_json(store.dataset(project, name), false));
  }
  if (request.method == "PATCH" || request.method == "PUT") {
    BigQueryDataset& dataset = store.dataset(project, name);
    merge_fields(dataset.given, body, request.method == "PUT");
    dataset.modified_ms = now_ms();
    return json_response(dataset_json(dataset, false));
  }
  if (request.method != "DELETE") throw not_implemented(request.method + " on a dataset");
  store.remove_dataset(project, name, query_flag(request, "deleteContents"));
  return no_content();
}

Response list_tables(BigQueryStore& store, const Request& request, const std::string& project,
                     const std::string& dataset) {
  std::vector<nlohmann::json> items;
  for (const auto& [name, table] : store.dataset(project, dataset).tables) {
    items.push_back(table_json(store, table, true));
  }
  const std::size_t total = items.size();
  nlohmann::json json = paged(request, std::move(items));
  json["tables"] = std::move(json["items"]);
  json.erase("items");
  json["kind"] = "bigquery#tableList";
  json["totalItems"] = total;
  return json_response(json);
}

Response insert_table(BigQueryStore& store, const std::string& project, const std::string& dataset,
                      const nlohmann::json& body) {
  for (const char* field : {"view", "materializedView", "externalDataConfiguration",
                            "timePartitioning", "rangePartitioning", "clustering"}) {
    if (body.contains(field)) throw not_implemented(std::string("tables with ") + field);
  }
  const nlohmann::json reference = body.value("tableReference", nlohmann::json::object());
  const TableId id{project, dataset, reference.value("tableId", "")};
  const nlohmann::json schema = body.value("schema", nlohmann::json::object());
  return json_response(table_json(
      store, store.add_table(id, columns_from_schema(schema), given_fields(body)), false));
}

bool same_columns(const std::vector<SqlColumn>& a, const std::vector<SqlColumn>& b) {
  return schema_json(a) == schema_json(b);
}

Response serve_table(BigQueryStore& store, const Request& request, const TableId& id,
                     const nlohmann::json& body) {
  if (request.method == "GET") {
    return json_response(table_json(store, store.table(id), false));
  }
  if (request.method == "PATCH" || request.method == "PUT") {
    BigQueryTable& table = store.table(id);
    const nlohmann::json schema = body.value("schema", nlohmann::json());
    if (schema.is_object() && !same_columns(columns_from_schema(schema), table.columns)) {
      throw not_implemented("changing the schema of a table");
    }
    merge_fields(table.given, body, request.method == "PUT");
    table.modified_ms = now_ms();
    return json_response(table_json(store, table, false));
  }
  if (request.method != "DELETE") throw not_implemented(request.method + " on a table");
  store.remove_table(id);
  return no_content();
}

// The columns a client selected, in the table's order; all of them without a selection.
std::vector<bool> selected(const std::vector<SqlColumn>& columns, const std::string& fields) {
  std::vector<bool> result(columns.size(), fields.empty());
  std::size_t at = 0;
  while (at < fields.size()) {
    const std::size_t end = std::min(fields.find(',', at), fields.size());
    const std::string name = fields.substr(at, end - at);
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const SqlColumn& c) {
      return equal_ignoring_case(c.name, name);
    });
    if (found == columns.end()) throw bad_request("No such field: " + name);
    result[static_cast<std::size_t>(found - columns.begin())] = true;
    at = end + 1;
  }
  return result;
}

Response list_rows(BigQueryStore& store, const Request& request, const TableId& id) {
  const BigQueryTable& table = store.table(id);
  PageRequest page;
  const auto token = request.query_value("pageToken");
  page.start = token ? page_start(*token) : query_number(request, "startIndex", 0);
  if (request.query_value("maxResults")) page.max_results = query_number(request, "maxResults", 0);
  page.int64_timestamps = query_flag(request, "formatOptions.useInt64Timestamp");
  nlohmann::json json = page_of(store, table, page);
  const std::vector<bool> keep =
      selected(table.columns, request.query_value("selectedFields").value_or(""));
  if (json.contains("rows")) {
    for (nlohmann::json& row : json["rows"]) {
      nlohmann::json cells = nlohmann::json::array();
      for (std::size_t i = 0; i < keep.size(); ++i) {
        if (keep[i]) cells.push_back(std::move(row["f"][i]));
      }
      row["f"] = std::move(cells);
    }
  }
  json["kind"] = "bigquery#tableDataList";
  json["etag"] = std::to_string(table.modified_ms);
  return json_response(json);
}

// tabledata.insertAll: all rows or, when one of them does not fit, none.
Response insert_rows(BigQueryStore& store, const TableId& id, const nlohmann::json& body) {
  BigQueryTable& table = store.table(id);
  const nlohmann::json rows = body.value("rows", nlohmann::json::array());
  const bool ignore_unknown = json_flag(body, "ignoreUnknownValues", false);
  std::vector<SqlRow> values;
  nlohmann::json errors = nlohmann::json::array();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    SqlRow row(table.columns.size());
    const auto fail = [&](const std::string& location, const std::string& message) {
      errors.push_back(
          {{"index", i},
           {"errors", {{{"reason", "invalid"}, {"location", location}, {"message", message}}}}});
    };
    const nlohmann::json json = rows[i].value("json", nlohmann::json::object());
    for (const auto& [name, value] : json.items()) {
      std::size_t at = 0;
      while (at < row.size() && !equal_ignoring_case(table.columns[at].name, name)) ++at;
      if (at == row.size()) {
        if (!ignore_unknown) fail(name, "no such field: " + name + ".");
        continue;
      }
      if (value.is_null()) continue;
      const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
      const auto parsed = parse_value(text, table.columns[at].type);
      if (!parsed)
        fail(name, "Cannot convert value to " + std::string(sql_name(table.columns[at].type)) +
                       ": " + text);
      if (parsed) row[at] = *parsed;
    }
    for (std::size_t at = 0; at < row.size(); ++at) {
      const SqlColumn& column = table.columns[at];
      if (column.required && is_null(row[at]))
        fail(column.name, "Missing required field: " + column.name + ".");
    }
    values.push_back(std::move(row));
  }
  nlohmann::json answer = {{"kind", "bigquery#tableDataInsertAllResponse"}};
  if (!errors.empty()) {
    answer["insertErrors"] = std::move(errors);
    return json_response(answer);
  }
  std::size_t at = 0;
  store.append(table, [&](SqlRow& row) {
    if (at == values.size()) return false;
    row = std::move(values[at++]);
    return true;
  });
  return json_response(answer);
}

}  // namespace

std::int64_t query_number(const Request& request, std::string_view name, std::int64_t otherwise) {
  const auto text = request.query_value(name);
  if (!text || text->empty()) return otherwise;
  const auto value = parse_value(*text, SqlType::integer);
  if (!value || std::get<std::int64_t>(*value) < 0) {
    throw bad_request("Invalid value for " + std::string(name) + ": " + *text);
  }
  return std::get<std::int64_t>(*value);
}

bool query_flag(const Request& request, std::string_view name) {
  const std::string text = upper(request.query_value(name).value_or(""));
  return text == "TRUE" || text == "1";
}

nlohmann::json list_projects(const BigQueryStore& store) {
  nlohmann::json projects = nlohmann::json::array();
  for (const std::string& name : store.projects()) {
    projects.push_back({{"kind", "bigquery#project"},
                        {"id", name},
                        {"numericId", "123456789012"},
                        {"projectReference", {{"projectId", name}}},
                        {"friendlyName", name}});
  }
  const std::size_t total = projects.size();
  return {{"kind", "bigquery#projectList"},
          {"etag", std::to_string(total)},
          {"projects", std::move(projects)},
          {"totalItems", total}};
}

Response serve_datasets(BigQueryStore& store, const Request& request, const std::string& project,
                        const std::vector<std::string>& parts, const nlohmann::json& body) {
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (parts.empty() && get) return list_datasets(store, request, project);
  if (parts.empty() && post) return insert_dataset(store, project, body);
  if (parts.size() == 1) return serve_dataset(store, request, project, parts[0], body);
  if (parts.size() > 1 && parts[1] == "tables") {
    if (parts.size() == 2 && get) return list_tables(store, request, project, parts[0]);
    if (parts.size() == 2 && post) return insert_table(store, project, parts[0], body);
    const TableId id{project, parts[0], parts.size() > 2 ? parts[2] : ""};
    if (parts.size() == 3) return serve_table(store, request, id, body);
    if (parts.size() == 4 && parts[3] == "data" && get) return list_rows(store, request, id);
    if (parts.size() == 4 && parts[3] == "insertAll" && post) return insert_rows(store, id, body);
  }
  // There are none, and dbt asks.
  if (parts.size() == 2 && parts[1] == "routines" && get)
    return json_response(nlohmann::json::object());
  throw not_implemented(request.method + " " + request.path);
}

}  // namespace sandbox
