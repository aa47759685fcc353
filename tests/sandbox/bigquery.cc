#include "tests/sandbox/bigquery.h"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/bigquery_discovery.h"
#include "tests/sandbox/bigquery_jobs.h"
#include "tests/sandbox/bigquery_json.h"
#include "tests/sandbox/bigquery_resources.h"
#include "tests/sandbox/bigquery_store.h"
#include "tests/sandbox/upload.h"

namespace sandbox {
namespace {

constexpr std::string_view kPrefix = "/bigquery/v2/";

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto slash = path.find('/');
    parts.push_back(percent_decode(path.substr(0, slash)));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return parts;
}

class BigQuery {
 public:
  Response handle(Request& request) {
    if (request.path == "/discovery/v1/apis/bigquery/v2/rest" ||
        request.path == "/$discovery/rest") {
      return json_response(discovery_document(own_address(request) + "/"));
    }
    const std::string upload = upload_target(request.path);
    if (!upload.empty()) return upload_job(request, upload);
    if (!request.path.starts_with(kPrefix)) throw not_found("Not Found: " + request.path);
    const std::vector<std::string> parts = split_path(request.path.substr(kPrefix.size()));
    if (parts.empty() || parts[0] != "projects") throw not_found("Not Found: " + request.path);
    // The body is read before the lock is taken: a slow client must not hold up the others.
    const nlohmann::json body = json_body(request);
    const std::lock_guard lock(store_.mutex);
    if (parts.size() == 1) return json_response(list_projects(store_));
    return serve_project(request, parts[1], {parts.begin() + 2, parts.end()}, body);
  }

 private:
  Response serve_project(const Request& request, const std::string& project,
                         const std::vector<std::string>& parts, const nlohmann::json& body) {
    store_.require_project(project);
    const std::string what = parts.empty() ? "" : parts[0];
    if (what == "serviceAccount" && request.method == "GET") {
      return json_response(
          {{"kind", "bigquery#getServiceAccountResponse"},
           {"email", "bq-123456789012@bigquery-encryption.iam.gserviceaccount.com"}});
    }
    if (what == "datasets") {
      return serve_datasets(store_, request, project, {parts.begin() + 1, parts.end()}, body);
    }
    if (what == "jobs") return serve_jobs(request, project, parts, body);
    if (what == "queries" && parts.size() == 1 && request.method == "POST") {
      return json_response(jobs_.query(project, body));
    }
    if (what == "queries" && parts.size() == 2 && request.method == "GET") {
      PageRequest page;
      const auto token = request.query_value("pageToken");
      page.start = token ? page_start(*token) : query_number(request, "startIndex", 0);
      if (request.query_value("maxResults")) {
        page.max_results = query_number(request, "maxResults", 0);
      }
      page.int64_timestamps = query_flag(request, "formatOptions.useInt64Timestamp");
      return json_response(jobs_.results(project, parts[1], page));
    }
    throw not_implemented(request.method + " " + request.path);
  }

  Response serve_jobs(const Request& request, const std::string& project,
                      const std::vector<std::string>& parts, const nlohmann::json& body) {
    const std::string& method = request.method;
    if (parts.size() == 1 && method == "POST") {
      return json_response(jobs_.insert(project, body, nullptr));
    }
    if (parts.size() == 1 && method == "GET") {
      const std::int64_t most = query_number(request, "maxResults", 50);
      return json_response(
          jobs_.list(project, most, page_start(request.query_value("pageToken").value_or(""))));
    }
    if (parts.size() == 2 && method == "GET") return json_response(jobs_.get(project, parts[1]));
    if (parts.size() == 3 && parts[2] == "cancel" && method == "POST") {
      return json_response(
          {{"kind", "bigquery#jobCancelResponse"}, {"job", jobs_.get(project, parts[1])}});
    }
    if (parts.size() == 3 && parts[2] == "delete" && method == "DELETE") {
      jobs_.remove(project, parts[1]);
      Response gone;
      gone.status = 204;
      return gone;
    }
    throw not_implemented(method + " " + request.path);
  }

  Response upload_job(Request& request, const std::string& path) {
    const bool ours = path.starts_with(kPrefix);
    const auto parts = split_path(ours ? std::string_view(path).substr(kPrefix.size()) : "");
    if (parts.size() != 3 || parts[0] != "projects" || parts[2] != "jobs") {
      throw not_found("Not Found: " + request.path);
    }
    {
      const std::lock_guard lock(store_.mutex);
      store_.require_project(parts[1]);
    }
    return uploads_.serve(request, [this, project = parts[1]](const Upload& upload) {
      const std::lock_guard lock(store_.mutex);
      return json_response(jobs_.insert(project, upload.metadata, upload.content.get()));
    });
  }

  BigQueryStore store_;
  BigQueryJobs jobs_{store_};
  Uploads uploads_;
};

}  // namespace

Handler bigquery_handler() {
  return [bigquery = std::make_shared<BigQuery>()](Request& request) {
    try {
      return bigquery->handle(request);
    } catch (const ApiError& error) {
      return error_response(error);
    } catch (const nlohmann::json::exception& error) {
      return error_response(bad_request(std::string("Invalid JSON payload: ") + error.what()));
    }
  };
}

}  // namespace sandbox
