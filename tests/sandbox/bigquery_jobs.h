// Jobs: each is run to its end when it is inserted, and remembered for those who ask later.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/bigquery_query.h"
#include "tests/sandbox/bigquery_store.h"
#include "tests/sandbox/blob.h"

namespace sandbox {

struct BigQueryJob {
  std::string project;
  std::string id;
  std::string location;
  nlohmann::json configuration;
  std::int64_t created_ms = 0;
  std::int64_t ended_ms = 0;
  std::optional<ApiError> error;
  QueryOutcome query;
  nlohmann::json load_statistics;
};

// What a reader of results may ask for.
struct PageRequest {
  std::int64_t start = 0;
  std::optional<std::int64_t> max_results;
  bool int64_timestamps = false;
};

// Hold the store's mutex around each call. Everything throws ApiError.
class BigQueryJobs {
 public:
  explicit BigQueryJobs(BigQueryStore& store) : store_(store) {}

  // Runs `resource` (a Job); `content` is what was uploaded with it, or nullptr. A job that fails
  // is an answer, not an error: its status tells.
  nlohmann::json insert(const std::string& project, const nlohmann::json& resource,
                        const Blob* content);
  nlohmann::json get(const std::string& project, const std::string& id) const;
  nlohmann::json list(const std::string& project, std::int64_t most, std::int64_t start) const;
  void remove(const std::string& project, const std::string& id);

  // jobs.query: insert and the first page in one; a query that fails is an error here.
  nlohmann::json query(const std::string& project, const nlohmann::json& request);
  nlohmann::json results(const std::string& project, const std::string& id,
                         const PageRequest& page);

 private:
  // A dry run is not remembered.
  BigQueryJob run(const std::string& project, const nlohmann::json& reference,
                  nlohmann::json configuration, const Blob* content);
  void run_load(BigQueryJob& job, const Blob* content);
  const BigQueryJob& find(const std::string& project, const std::string& id) const;
  nlohmann::json resource(const BigQueryJob& job) const;
  nlohmann::json results_json(const BigQueryJob& job, const PageRequest& page);
  void forget_oldest();

  BigQueryStore& store_;
  std::map<std::string, BigQueryJob> jobs_;  // by project and id
  std::deque<std::string> order_;            // keys of jobs_, oldest first
};

// The place of a page token, and the token of a place.
std::int64_t page_start(const std::string& token);
std::string page_token(std::int64_t start);

// Takes the rows of a table for one page: "rows", "totalRows" and "pageToken" of an answer.
nlohmann::json page_of(BigQueryStore& store, const BigQueryTable& table, const PageRequest& page);

}  // namespace sandbox
