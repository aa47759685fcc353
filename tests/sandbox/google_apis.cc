#include "tests/sandbox/google_apis.h"

#include <algorithm>
#include <vector>

#include "tests/sandbox/google_error.h"

namespace sandbox {
namespace {

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::string host_of(const Request& request) {
  std::string host(request.header("host"));
  host = host.substr(0, host.find(':'));
  for (char& c : host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return host;
}

// www.googleapis.com serves several APIs by path, with upload and batch in front.
std::string service_by_path(std::string_view path) {
  for (const std::string_view prefix : {"/resumable/upload", "/upload", "/batch"}) {
    if (starts_with(path, prefix)) path.remove_prefix(prefix.size());
  }
  if (starts_with(path, "/bigquery/")) return "bigquery";
  if (starts_with(path, "/storage/")) return "storage";
  if (starts_with(path, "/oauth2/")) return "echo";  // to see what gets here of calls about tokens
  return "other";
}

bool has_any_scope(const Principal& principal, const std::vector<std::string>& names) {
  constexpr std::string_view kPrefix = "https://www.googleapis.com/auth/";
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return principal.has_scope(std::string(kPrefix) + name);
  });
}

bool scope_covers(const Principal& principal, const std::string& service) {
  if (service == "bigquery") {
    return has_any_scope(
        principal, {"cloud-platform", "bigquery", "bigquery.readonly", "cloud-platform.read-only"});
  }
  if (service == "storage") {
    return has_any_scope(principal,
                         {"cloud-platform", "devstorage.full_control", "devstorage.read_write",
                          "devstorage.read_only", "cloud-platform.read-only"});
  }
  return true;
}

// The refusal of a request that its token does not open, if it is one.
std::optional<Response> refusal(const World& world, const Request& request,
                                const std::string& service) {
  if (service == "discovery") return std::nullopt;  // public, also without a token
  const std::size_t tokens = request.header_count("authorization");
  const auto principal = world.check_bearer(request.header("authorization"));
  if (tokens != 1 || !principal) return unauthenticated(tokens > 0);
  if (!world.may_use_project(*principal)) {
    return google_error(403, "PERMISSION_DENIED",
                        "Access Denied: Project foo-project: User does not have permission in "
                        "project foo-project.",
                        "accessDenied");
  }
  if (!scope_covers(*principal, service)) return scope_insufficient(service + ".googleapis.com");
  return std::nullopt;
}

}  // namespace

std::string google_service_of(const Request& request) {
  const std::string host = host_of(request);
  if (starts_with(request.path, "/discovery/v1/apis") || request.path == "/$discovery/rest") {
    return "discovery";
  }
  if (host == "www.googleapis.com") return service_by_path(request.path);
  if (starts_with(host, "bigquery.")) return "bigquery";
  if (starts_with(host, "storage.") || ends_with(host, ".storage.googleapis.com")) return "storage";
  if (starts_with(host, "echo")) return "echo";
  return "other";
}

Handler google_apis_handler(World& world, Arrivals& arrivals, Failures& failures, Handler bigquery,
                            Handler storage, Handler echo) {
  return [&world, &arrivals, &failures, bigquery = std::move(bigquery),
          storage = std::move(storage), echo = std::move(echo)](Request& request) -> Response {
    const std::string service = google_service_of(request);
    const Handler serve = [&](Request& inner) -> Response {
      if (auto refused = refusal(world, inner, service)) return *std::move(refused);
      if (service == "bigquery") return bigquery(inner);
      if (service == "storage") return storage(inner);
      if (service == "echo") return echo(inner);
      if (service == "discovery") {
        const bool about_storage = inner.target.find("storage") != std::string::npos ||
                                   starts_with(inner.header("host"), "storage.");
        return about_storage ? storage(inner) : bigquery(inner);
      }
      return google_error(404, "NOT_FOUND", "The sandbox has no such API.");
    };
    arrivals.record(service, request);
    return failures.failing(service, serve)(request);
  };
}

}  // namespace sandbox
