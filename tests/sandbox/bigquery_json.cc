#include "tests/sandbox/bigquery_json.h"

#include <set>
#include <utility>

#include "tests/sandbox/api_error.h"

namespace sandbox {
namespace {

std::string created_text(std::int64_t ms) { return std::to_string(ms); }

}  // namespace

std::vector<SqlColumn> columns_from_schema(const nlohmann::json& schema) {
  std::vector<SqlColumn> columns;
  std::set<std::string> names;
  const nlohmann::json fields = schema.value("fields", nlohmann::json::array());
  for (const nlohmann::json& field : fields) {
    SqlColumn column;
    column.name = field.value("name", "");
    const std::string type = field.value("type", "");
    const auto known = type_by_name(type);
    if (column.name.empty()) throw bad_request("A field of the schema has no name");
    if (!known) {
      throw bad_request("Invalid value for type: " + type + " is not one of the sandbox's types");
    }
    column.type = *known;
    const std::string mode = upper(field.value("mode", "NULLABLE"));
    if (mode == "REPEATED") throw bad_request("The sandbox has no REPEATED fields");
    column.required = mode == "REQUIRED";
    column.description = field.value("description", "");
    if (!names.insert(upper(column.name)).second) {
      throw bad_request("Field " + column.name + " already exists in schema");
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

nlohmann::json schema_json(const std::vector<SqlColumn>& columns) {
  nlohmann::json fields = nlohmann::json::array();
  for (const SqlColumn& column : columns) {
    nlohmann::json field = {{"name", column.name},
                            {"type", rest_name(column.type)},
                            {"mode", column.required ? "REQUIRED" : "NULLABLE"}};
    if (!column.description.empty()) field["description"] = column.description;
    fields.push_back(std::move(field));
  }
  return {{"fields", std::move(fields)}};
}

nlohmann::json table_reference(const TableId& id) {
  return {{"projectId", id.project}, {"datasetId", id.dataset}, {"tableId", id.table}};
}

TableId table_id(const nlohmann::json& reference, const std::string& default_project) {
  TableId id;
  id.project = reference.value("projectId", default_project);
  id.dataset = reference.value("datasetId", "");
  id.table = reference.value("tableId", "");
  if (id.dataset.empty())
    throw ApiError(400, "required", "Required parameter is missing: datasetId");
  if (id.table.empty()) throw ApiError(400, "required", "Required parameter is missing: tableId");
  return id;
}

nlohmann::json dataset_json(const BigQueryDataset& dataset, bool in_list) {
  nlohmann::json json = dataset.given;
  json["kind"] = "bigquery#dataset";
  json["id"] = dataset.project + ":" + dataset.name;
  json["datasetReference"] = {{"projectId", dataset.project}, {"datasetId", dataset.name}};
  if (!json.contains("location")) json["location"] = "US";
  if (in_list) return json;
  json["etag"] = created_text(dataset.modified_ms);
  json["creationTime"] = created_text(dataset.created_ms);
  json["lastModifiedTime"] = created_text(dataset.modified_ms);
  json["selfLink"] = "https://bigquery.googleapis.com/bigquery/v2/projects/" + dataset.project +
                     "/datasets/" + dataset.name;
  if (!json.contains("access")) {
    json["access"] = {{{"role", "OWNER"}, {"specialGroup", "projectOwners"}},
                      {{"role", "WRITER"}, {"specialGroup", "projectWriters"}},
                      {{"role", "READER"}, {"specialGroup", "projectReaders"}}};
  }
  return json;
}

nlohmann::json table_json(BigQueryStore& store, const BigQueryTable& table, bool in_list) {
  nlohmann::json json = table.given;
  json["kind"] = "bigquery#table";
  json["id"] = table.id.project + ":" + table.id.dataset + "." + table.id.table;
  json["tableReference"] = table_reference(table.id);
  json["type"] = "TABLE";
  json["creationTime"] = created_text(table.created_ms);
  if (in_list) return json;
  json["etag"] = created_text(table.modified_ms);
  json["schema"] = schema_json(table.columns);
  json["numRows"] = std::to_string(store.row_count(table));
  json["numBytes"] = std::to_string(store.byte_count(table));
  json["numLongTermBytes"] = "0";
  json["lastModifiedTime"] = created_text(table.modified_ms);
  json["location"] = "US";
  json["selfLink"] = "https://bigquery.googleapis.com/bigquery/v2/projects/" + table.id.project +
                     "/datasets/" + table.id.dataset + "/tables/" + table.id.table;
  return json;
}

nlohmann::json rows_json(const std::vector<SqlRow>& rows, const std::vector<SqlColumn>& columns,
                         bool int64_timestamps) {
  nlohmann::json result = nlohmann::json::array();
  for (const SqlRow& row : rows) {
    nlohmann::json cells = nlohmann::json::array();
    for (std::size_t i = 0; i < row.size(); ++i) {
      nlohmann::json cell = {{"v", nullptr}};
      if (!is_null(row[i])) cell["v"] = format_cell(row[i], columns[i].type, int64_timestamps);
      cells.push_back(std::move(cell));
    }
    result.push_back({{"f", std::move(cells)}});
  }
  return result;
}

std::optional<std::int64_t> json_number(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (found->is_number()) return found->get<std::int64_t>();
  const auto value =
      found->is_string() ? parse_value(found->get<std::string>(), SqlType::integer) : std::nullopt;
  if (!value) throw bad_request(std::string("Invalid value for ") + key);
  return std::get<std::int64_t>(*value);
}

bool json_flag(const nlohmann::json& object, const char* key, bool otherwise) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return otherwise;
  if (found->is_boolean()) return found->get<bool>();
  if (found->is_string()) return upper(found->get<std::string>()) == "TRUE";
  throw bad_request(std::string("Invalid value for ") + key);
}

}  // namespace sandbox
