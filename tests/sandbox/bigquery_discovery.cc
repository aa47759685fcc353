#include "tests/sandbox/bigquery_discovery.h"

#include <string_view>
#include <utility>

namespace sandbox {
namespace {

struct Method {
  std::string_view resource;
  std::string_view name;
  std::string_view verb;
  std::string_view path;        // {x} are required parameters
  std::string_view parameters;  // optional ones; "n:" before a number, "b:" before a flag
  std::string_view request;
  std::string_view response;
};

constexpr std::string_view kProject = "projects/{projectId}";

constexpr Method kMethods[] = {
    {"projects", "list", "GET", "projects", "n:maxResults pageToken", "", "ProjectList"},
    {"projects", "getServiceAccount", "GET", "*/serviceAccount", "", "",
     "GetServiceAccountResponse"},
    {"datasets", "list", "GET", "*/datasets", "b:all filter n:maxResults pageToken", "",
     "DatasetList"},
    {"datasets", "get", "GET", "*/datasets/{datasetId}", "datasetView n:accessPolicyVersion", "",
     "Dataset"},
    {"datasets", "insert", "POST", "*/datasets", "n:accessPolicyVersion", "Dataset", "Dataset"},
    {"datasets", "patch", "PATCH", "*/datasets/{datasetId}", "updateMode n:accessPolicyVersion",
     "Dataset", "Dataset"},
    {"datasets", "update", "PUT", "*/datasets/{datasetId}", "updateMode n:accessPolicyVersion",
     "Dataset", "Dataset"},
    {"datasets", "delete", "DELETE", "*/datasets/{datasetId}", "b:deleteContents", "", ""},
    {"tables", "list", "GET", "*/datasets/{datasetId}/tables", "n:maxResults pageToken", "",
     "TableList"},
    {"tables", "get", "GET", "*/datasets/{datasetId}/tables/{tableId}", "selectedFields view", "",
     "Table"},
    {"tables", "insert", "POST", "*/datasets/{datasetId}/tables", "", "Table", "Table"},
    {"tables", "patch", "PATCH", "*/datasets/{datasetId}/tables/{tableId}", "b:autodetect_schema",
     "Table", "Table"},
    {"tables", "update", "PUT", "*/datasets/{datasetId}/tables/{tableId}", "b:autodetect_schema",
     "Table", "Table"},
    {"tables", "delete", "DELETE", "*/datasets/{datasetId}/tables/{tableId}", "", "", ""},
    {"tabledata", "list", "GET", "*/datasets/{datasetId}/tables/{tableId}/data",
     "n:maxResults pageToken selectedFields startIndex b:formatOptions.useInt64Timestamp", "",
     "TableDataList"},
    {"tabledata", "insertAll", "POST", "*/datasets/{datasetId}/tables/{tableId}/insertAll", "",
     "TableDataInsertAllRequest", "TableDataInsertAllResponse"},
    {"jobs", "list", "GET", "*/jobs",
     "b:allUsers n:maxResults pageToken projection stateFilter minCreationTime maxCreationTime "
     "parentJobId",
     "", "JobList"},
    {"jobs", "get", "GET", "*/jobs/{jobId}", "location", "", "Job"},
    {"jobs", "insert", "POST", "*/jobs", "", "Job", "Job"},
    {"jobs", "cancel", "POST", "*/jobs/{jobId}/cancel", "location", "", "JobCancelResponse"},
    {"jobs", "delete", "DELETE", "*/jobs/{jobId}/delete", "location", "", ""},
    {"jobs", "query", "POST", "*/queries", "", "QueryRequest", "QueryResponse"},
    {"jobs", "getQueryResults", "GET", "*/queries/{jobId}",
     "location n:maxResults pageToken startIndex n:timeoutMs b:formatOptions.useInt64Timestamp", "",
     "GetQueryResultsResponse"},
};

nlohmann::json parameter_json(std::string_view type, bool in_path) {
  nlohmann::json json = {{"type", type}, {"location", in_path ? "path" : "query"}};
  if (type == "integer") json["format"] = "uint32";
  if (in_path) json["required"] = true;
  return json;
}

nlohmann::json method_json(const Method& method) {
  std::string path(method.path);
  if (path.starts_with('*')) path.replace(0, 1, kProject);
  nlohmann::json parameters = nlohmann::json::object();
  nlohmann::json order = nlohmann::json::array();
  for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1)) {
    const std::string name = path.substr(at + 1, path.find('}', at) - at - 1);
    parameters[name] = parameter_json("string", true);
    order.push_back(name);
  }
  std::string_view rest = method.parameters;
  while (!rest.empty()) {
    std::string_view name = rest.substr(0, rest.find(' '));
    rest.remove_prefix(name.size() < rest.size() ? name.size() + 1 : rest.size());
    std::string_view type = "string";
    if (name.starts_with("n:")) type = "integer";
    if (name.starts_with("b:")) type = "boolean";
    if (type != "string") name.remove_prefix(2);
    parameters[std::string(name)] = parameter_json(type, false);
  }
  nlohmann::json json = {
      {"id", "bigquery." + std::string(method.resource) + "." + std::string(method.name)},
      {"httpMethod", method.verb},
      {"path", path},
      {"parameters", std::move(parameters)},
      {"parameterOrder", std::move(order)}};
  if (!method.request.empty()) json["request"] = {{"$ref", method.request}};
  if (!method.response.empty()) json["response"] = {{"$ref", method.response}};
  if (method.resource == "jobs" && method.name == "insert") {
    const std::string upload = "/upload/bigquery/v2/" + path;
    json["supportsMediaUpload"] = true;
    json["mediaUpload"] = {
        {"accept", {"*/*"}},
        {"protocols",
         {{"simple", {{"multipart", true}, {"path", upload}}},
          {"resumable", {{"multipart", true}, {"path", "/resumable" + upload}}}}}};
  }
  return json;
}

}  // namespace

nlohmann::json discovery_document(const std::string& root) {
  nlohmann::json document = {
      {"kind", "discovery#restDescription"},
      {"discoveryVersion", "v1"},
      {"id", "bigquery:v2"},
      {"name", "bigquery"},
      {"canonicalName", "Bigquery"},
      {"version", "v2"},
      {"title", "BigQuery API"},
      {"description", "The part of BigQuery that the sandbox has."},
      {"protocol", "rest"},
      {"rootUrl", root},
      {"servicePath", "bigquery/v2/"},
      {"basePath", "/bigquery/v2/"},
      {"baseUrl", root + "bigquery/v2/"},
      {"batchPath", "batch/bigquery/v2"},
      {"parameters",
       {{"alt", parameter_json("string", false)},
        {"fields", parameter_json("string", false)},
        {"key", parameter_json("string", false)},
        {"prettyPrint", parameter_json("boolean", false)},
        {"quotaUser", parameter_json("string", false)}}},
      {"auth",
       {{"oauth2",
         {{"scopes",
           {{"https://www.googleapis.com/auth/bigquery", {{"description", "BigQuery"}}},
            {"https://www.googleapis.com/auth/cloud-platform",
             {{"description", "Google Cloud"}}}}}}}}}};
  for (const Method& method : kMethods) {
    document["resources"][std::string(method.resource)]["methods"][std::string(method.name)] =
        method_json(method);
    // Clients look the names of bodies up; what is in them they take as it comes.
    for (const std::string_view schema : {method.request, method.response}) {
      if (schema.empty()) continue;
      document["schemas"][std::string(schema)] = {{"id", schema}, {"type", "object"}};
    }
  }
  return document;
}

}  // namespace sandbox
