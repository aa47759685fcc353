#include "tests/sandbox/bigquery_jobs.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <random>
#include <utility>

#include "tests/sandbox/bigquery_json.h"
#include "tests/sandbox/bigquery_load.h"

namespace sandbox {
namespace {

constexpr std::size_t kRememberedJobs = 1000;
constexpr std::int64_t kRowsInPage = 100'000;
// An answer of BigQuery has at most about this many bytes of rows.
constexpr std::int64_t kBytesInPage = 10 << 20;

std::string key_of(const std::string& project, const std::string& id) { return project + ":" + id; }

std::string new_job_id() {
  std::random_device random;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "job_%08x%08x%08x", random(), random(), random());
  return text.data();
}

bool valid_job_id(const std::string& id) {
  return id.size() <= 1024 &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
             std::string::npos;
}

nlohmann::json error_proto(const ApiError& error) {
  nlohmann::json json = {{"reason", error.reason}, {"message", error.what()}};
  if (error.reason == "invalidQuery") json["location"] = "query";
  return json;
}

nlohmann::json query_statistics(const QueryOutcome& outcome) {
  const std::string bytes = std::to_string(outcome.bytes_processed);
  nlohmann::json json = {{"statementType", outcome.statement_type},
                         {"totalBytesProcessed", bytes},
                         {"totalBytesBilled", bytes},
                         {"totalSlotMs", "1"},
                         {"cacheHit", false}};
  if (!outcome.columns.empty()) json["schema"] = schema_json(outcome.columns);
  for (const TableId& id : outcome.referenced) {
    json["referencedTables"].push_back(table_reference(id));
  }
  if (outcome.dml_rows) {
    const std::string rows = std::to_string(*outcome.dml_rows);
    json["numDmlAffectedRows"] = rows;
    const std::string& type = outcome.statement_type;
    const char* count = type == "INSERT"   ? "insertedRowCount"
                        : type == "UPDATE" ? "updatedRowCount"
                                           : "deletedRowCount";
    json["dmlStats"] = {{count, rows}};
  }
  if (!outcome.ddl_operation.empty()) {
    json["ddlOperationPerformed"] = outcome.ddl_operation;
    if (outcome.destination) json["ddlTargetTable"] = table_reference(*outcome.destination);
  }
  return json;
}

}  // namespace

std::int64_t page_start(const std::string& token) {
  if (token.empty()) return 0;
  const auto value =
      token.starts_with("row_") ? parse_value(token.substr(4), SqlType::integer) : std::nullopt;
  if (!value || std::get<std::int64_t>(*value) < 0) throw bad_request("Invalid pageToken");
  return std::get<std::int64_t>(*value);
}

std::string page_token(std::int64_t start) { return "row_" + std::to_string(start); }

nlohmann::json page_of(BigQueryStore& store, const BigQueryTable& table, const PageRequest& page) {
  const std::int64_t total = store.row_count(table);
  std::int64_t most =
      std::clamp<std::int64_t>(page.max_results.value_or(kRowsInPage), 0, kRowsInPage);
  if (total > 0) {
    const std::int64_t bytes_in_row = store.byte_count(table) / total + 1;
    most = std::min(most, std::max<std::int64_t>(1, kBytesInPage / bytes_in_row));
  }
  if (page.max_results == 0) most = 0;
  const std::vector<SqlRow> rows = store.rows(table, page.start, most);
  nlohmann::json json = {{"totalRows", std::to_string(total)}};
  if (!rows.empty()) json["rows"] = rows_json(rows, table.columns, page.int64_timestamps);
  const std::int64_t end = page.start + static_cast<std::int64_t>(rows.size());
  if (end < total) json["pageToken"] = page_token(end);
  return json;
}

nlohmann::json BigQueryJobs::insert(const std::string& project, const nlohmann::json& resource_in,
                                    const Blob* content) {
  const nlohmann::json reference = resource_in.value("jobReference", nlohmann::json::object());
  const BigQueryJob job = run(
      project, reference, resource_in.value("configuration", nlohmann::json::object()), content);
  return resource(job);
}

BigQueryJob BigQueryJobs::run(const std::string& project, const nlohmann::json& reference,
                              nlohmann::json configuration, const Blob* content) {
  store_.require_project(project);
  const bool dry_run = json_flag(configuration, "dryRun", false);
  BigQueryJob job;
  job.project = project;
  job.id = reference.value("jobId", "");
  if (job.id.empty()) job.id = new_job_id();
  if (!valid_job_id(job.id)) throw bad_request("Invalid job ID \"" + job.id + "\".");
  job.location = reference.value("location", "US");
  job.created_ms = now_ms();
  const std::string key = key_of(project, job.id);
  if (jobs_.contains(key)) {
    throw ApiError(409, "duplicate",
                   "Already Exists: Job " + project + ":" + job.location + "." + job.id);
  }
  const bool is_query = configuration.contains("query");
  if (!is_query && !configuration.contains("load")) {
    throw not_implemented("jobs that are neither a query nor a load");
  }
  configuration["jobType"] = is_query ? "QUERY" : "LOAD";
  job.configuration = std::move(configuration);
  try {
    if (is_query) {
      job.query = run_query(store_, project, job.configuration["query"], job.id, dry_run);
      if (job.query.destination) {
        job.configuration["query"]["destinationTable"] = table_reference(*job.query.destination);
      }
    } else {
      run_load(job, content);
    }
  } catch (const ApiError& error) {
    if (dry_run) throw;
    job.error = error;
  }
  job.ended_ms = now_ms();
  if (dry_run) return job;
  forget_oldest();
  order_.push_back(key);
  jobs_[key] = job;
  return job;
}

void BigQueryJobs::run_load(BigQueryJob& job, const Blob* content) {
  const nlohmann::json& load = job.configuration["load"];
  if (content == nullptr) throw not_implemented("loading from Cloud Storage (sourceUris)");
  const TableId id =
      table_id(load.value("destinationTable", nlohmann::json::object()), job.project);
  LoadOptions options = load_options(load);
  std::vector<SqlColumn> columns;
  const BigQueryTable* existing = store_.find_table(id);
  try {
    if (load.contains("schema")) {
      columns = columns_from_schema(load["schema"]);
    } else if (json_flag(load, "autodetect", false)) {
      columns = detect_columns(*content, options);
      // Rows join a table that is there under its own schema.
      if (existing != nullptr && load.value("writeDisposition", "") != "WRITE_TRUNCATE") {
        columns.clear();
      }
    } else if (existing == nullptr) {
      throw bad_request("No schema specified on job or table.");
    }
    // The rows go to a table of their own first: a load that fails must not empty the old one.
    const TableId loading{id.project, id.dataset, "loading-" + job.id};
    BigQueryTable& fresh = store_.add_table(loading, columns.empty() ? existing->columns : columns);
    LoadResult result;
    try {
      result = load_rows(store_, fresh, *content, options);
      BigQueryTable& table = open_destination(store_, id, load, "WRITE_APPEND", columns);
      std::vector<SqlRow> rows = store_.rows(fresh, 0, -1);
      std::size_t at = 0;
      store_.append(table, [&](SqlRow& row) {
        if (at == rows.size()) return false;
        row = std::move(rows[at++]);
        return true;
      });
      job.load_statistics = {{"inputFiles", "1"},
                             {"inputFileBytes", std::to_string(content->size())},
                             {"outputRows", std::to_string(result.rows)},
                             {"outputBytes", std::to_string(store_.byte_count(fresh))},
                             {"badRecords", std::to_string(result.bad_records)}};
    } catch (...) {
      store_.remove_table(loading);
      throw;
    }
    store_.remove_table(loading);
  } catch (const LoadError& error) {
    throw ApiError(400, "invalid",
                   std::string("Error while reading data, error message: ") + error.what());
  } catch (const SqlError& error) {
    throw bad_request(error.what());
  }
}

const BigQueryJob& BigQueryJobs::find(const std::string& project, const std::string& id) const {
  store_.require_project(project);
  const auto found = jobs_.find(key_of(project, id));
  if (found == jobs_.end()) throw not_found("Not found: Job " + project + ":US." + id);
  return found->second;
}

nlohmann::json BigQueryJobs::get(const std::string& project, const std::string& id) const {
  return resource(find(project, id));
}

nlohmann::json BigQueryJobs::list(const std::string& project, std::int64_t most,
                                  std::int64_t start) const {
  store_.require_project(project);
  nlohmann::json jobs = nlohmann::json::array();
  std::int64_t number = 0;
  nlohmann::json json = {{"kind", "bigquery#jobList"}, {"etag", std::to_string(order_.size())}};
  for (auto key = order_.rbegin(); key != order_.rend(); ++key) {
    const BigQueryJob& job = jobs_.at(*key);
    if (job.project != project || number++ < start) continue;
    if (std::ssize(jobs) == most) {
      json["nextPageToken"] = page_token(number - 1);
      break;
    }
    nlohmann::json entry = resource(job);
    entry["state"] = "DONE";
    if (job.error) entry["errorResult"] = error_proto(*job.error);
    jobs.push_back(std::move(entry));
  }
  json["jobs"] = std::move(jobs);
  return json;
}

void BigQueryJobs::remove(const std::string& project, const std::string& id) {
  find(project, id);
  const std::string key = key_of(project, id);
  jobs_.erase(key);
  order_.erase(std::find(order_.begin(), order_.end(), key));
}

nlohmann::json BigQueryJobs::resource(const BigQueryJob& job) const {
  const bool dry_run = json_flag(job.configuration, "dryRun", false);
  nlohmann::json status = {{"state", "DONE"}};
  if (job.error) {
    status["errorResult"] = error_proto(*job.error);
    status["errors"] = nlohmann::json::array({error_proto(*job.error)});
  }
  nlohmann::json statistics = {{"creationTime", std::to_string(job.created_ms)},
                               {"startTime", std::to_string(job.created_ms)},
                               {"endTime", std::to_string(job.ended_ms)}};
  if (job.configuration.contains("query") && !job.error) {
    statistics["query"] = query_statistics(job.query);
    statistics["totalBytesProcessed"] = std::to_string(job.query.bytes_processed);
  }
  if (!job.load_statistics.is_null()) statistics["load"] = job.load_statistics;
  nlohmann::json reference = {{"projectId", job.project}, {"location", job.location}};
  if (!dry_run) reference["jobId"] = job.id;
  return {{"kind", "bigquery#job"},
          {"etag", std::to_string(job.ended_ms)},
          {"id", job.project + ":" + job.location + "." + job.id},
          {"selfLink", "https://bigquery.googleapis.com/bigquery/v2/projects/" + job.project +
                           "/jobs/" + job.id + "?location=" + job.location},
          {"jobReference", std::move(reference)},
          {"configuration", job.configuration},
          {"status", std::move(status)},
          {"statistics", std::move(statistics)}};
}

nlohmann::json BigQueryJobs::query(const std::string& project, const nlohmann::json& request) {
  nlohmann::json configuration = {{"query", request}};
  if (json_flag(request, "dryRun", false)) configuration["dryRun"] = true;
  if (request.contains("labels")) configuration["labels"] = request["labels"];
  // What steers the answer is not part of the job.
  for (const char* key : {"maxResults", "timeoutMs", "formatOptions", "requestId", "kind", "dryRun",
                          "location", "labels", "jobCreationMode"}) {
    configuration["query"].erase(key);
  }
  nlohmann::json reference = nlohmann::json::object();
  if (request.contains("location")) reference["location"] = request["location"];
  const BigQueryJob job = run(project, reference, std::move(configuration), nullptr);
  if (job.error) throw ApiError(*job.error);
  PageRequest page;
  page.max_results = json_number(request, "maxResults");
  if (request.contains("formatOptions")) {
    page.int64_timestamps = json_flag(request["formatOptions"], "useInt64Timestamp", false);
  }
  nlohmann::json json = results_json(job, page);
  json["kind"] = "bigquery#queryResponse";
  return json;
}

nlohmann::json BigQueryJobs::results(const std::string& project, const std::string& id,
                                     const PageRequest& page) {
  const BigQueryJob& job = find(project, id);
  if (job.error) throw ApiError(*job.error);
  if (!job.configuration.contains("query")) throw bad_request("Job " + id + " is not a query");
  nlohmann::json json = results_json(job, page);
  json["kind"] = "bigquery#getQueryResultsResponse";
  json["etag"] = std::to_string(job.ended_ms);
  return json;
}

nlohmann::json BigQueryJobs::results_json(const BigQueryJob& job, const PageRequest& page) {
  nlohmann::json json = {
      {"jobComplete", true},
      {"cacheHit", false},
      {"totalBytesProcessed", std::to_string(job.query.bytes_processed)},
      {"location", job.location},
      {"jobReference", {{"projectId", job.project}, {"location", job.location}}}};
  const bool dry_run = json_flag(job.configuration, "dryRun", false);
  if (!dry_run) json["jobReference"]["jobId"] = job.id;
  if (job.query.dml_rows) json["numDmlAffectedRows"] = std::to_string(*job.query.dml_rows);
  if (!job.query.columns.empty()) {
    json["schema"] = schema_json(job.query.columns);
    if (!dry_run) json.update(page_of(store_, store_.table(*job.query.destination), page));
  }
  return json;
}

// Results live in tables of the hidden dataset: without a limit a long test would fill the memory.
void BigQueryJobs::forget_oldest() {
  if (order_.size() < kRememberedJobs) return;
  const auto oldest = jobs_.find(order_.front());
  const std::optional<TableId> table = oldest->second.query.destination;
  if (table && table->dataset == kResultDataset && store_.find_table(*table) != nullptr) {
    store_.remove_table(*table);
  }
  jobs_.erase(oldest);
  order_.pop_front();
}

}  // namespace sandbox
