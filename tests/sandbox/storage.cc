#include "tests/sandbox/storage.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/storage_json.h"
#include "tests/sandbox/storage_media.h"
#include "tests/sandbox/storage_store.h"
#include "tests/sandbox/upload.h"

namespace sandbox {
namespace {

std::optional<std::int64_t> number_query(const Request& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end) {
    throw bad_request("Invalid value for " + std::string(name) + ": " + *text);
  }
  return value;
}

Preconditions preconditions(const Request& request) {
  for (const std::string_view name : {"ifMetagenerationMatch", "ifMetagenerationNotMatch"}) {
    if (request.query_value(name)) throw not_implemented(std::string(name));
  }
  Preconditions result;
  result.generation_match = number_query(request, "ifGenerationMatch");
  result.generation_not_match = number_query(request, "ifGenerationNotMatch");
  result.generation = number_query(request, "generation");
  return result;
}

// The parts of a path that begins with `prefix`, decoded; the path comes undecoded, so that a "/"
// in a name (%2F) does not cut it.
std::vector<std::string> parts_after(std::string_view path, std::string_view prefix) {
  std::vector<std::string> parts;
  path.remove_prefix(prefix.size());
  while (!path.empty()) {
    const auto slash = path.find('/');
    parts.push_back(percent_decode(path.substr(0, slash)));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return parts;
}

class Storage {
 public:
  Response handle(Request& request) {
    const std::string upload = upload_target(request.path);
    if (upload.starts_with("/storage/v1/b/")) return upload_object(request, upload);
    if (request.path.starts_with("/download/storage/v1/")) {
      return json_api(request, request.path.substr(std::string("/download").size()), true);
    }
    if (request.path.starts_with("/storage/v1/")) return json_api(request, request.path, false);
    if (request.path.starts_with("/batch/")) throw not_implemented("batch requests");
    return xml_api(request);
  }

 private:
  Response upload_object(Request& request, const std::string& path) {
    const auto parts = parts_after(path, "/storage/v1/b/");
    if (parts.size() != 2 || parts[1] != "o") throw not_found("Not Found");
    const std::string& bucket = parts[0];
    store_.bucket(bucket);  // a session for a bucket that is not there would fail at its end only
    return uploads_.serve(request, [this, bucket](const Upload& upload) {
      std::string name = upload.metadata.value("name", "");
      if (name.empty()) name = upload.first.query_value("name").value_or("");
      if (name.empty()) throw ApiError(400, "required", "Required parameter: name");
      const ObjectPtr stored =
          store_.put(object_from_upload(bucket, name, upload), preconditions(upload.first));
      return json_response(object_json(*stored));
    });
  }

  Response json_api(Request& request, const std::string& path, bool media) {
    const auto parts = parts_after(path, "/storage/v1/");
    if (parts.empty() || parts[0] != "b") {
      throw not_implemented(request.method + " " + request.path);
    }
    if (parts.size() == 1) return bucket_collection(request);
    if (parts.size() == 2) return one_bucket(request, parts[1]);
    if (parts[2] == "o" && parts.size() == 3 && request.method == "GET") {
      return list_objects(request, parts[1]);
    }
    if (parts[2] == "storageLayout" && request.method == "GET") {
      return json_response(layout_json(store_.bucket(parts[1])));
    }
    if (parts[2] != "o" || parts.size() < 4) {
      throw not_implemented(request.method + " " + request.path);
    }
    // A client that does not encode the slashes of a name means the same.
    std::string name = parts[3];
    for (std::size_t i = 4; i < parts.size(); ++i) name += "/" + parts[i];
    return one_object(request, parts[1], name, media);
  }

  Response bucket_collection(Request& request) {
    if (request.method == "GET") {
      nlohmann::json items = nlohmann::json::array();
      const std::string prefix = request.query_value("prefix").value_or("");
      for (const Bucket& bucket : store_.buckets()) {
        if (bucket.name.starts_with(prefix)) items.push_back(bucket_json(bucket));
      }
      return json_response({{"kind", "storage#buckets"}, {"items", std::move(items)}});
    }
    if (request.method != "POST") throw not_implemented(request.method + " on buckets");
    nlohmann::json body = json_body(request);
    const std::string name = body.value("name", "");
    return json_response(bucket_json(store_.add_bucket(name, std::move(body))));
  }

  Response one_bucket(Request& request, const std::string& name) {
    if (request.method == "GET") return json_response(bucket_json(store_.bucket(name)));
    if (request.method != "DELETE") throw not_implemented(request.method + " on a bucket");
    store_.remove_bucket(name);
    Response gone;
    gone.status = 204;
    return gone;
  }

  Response list_objects(Request& request, const std::string& bucket) {
    ListOptions options;
    options.prefix = request.query_value("prefix").value_or("");
    options.delimiter = request.query_value("delimiter").value_or("");
    options.page_token = request.query_value("pageToken").value_or("");
    options.start_offset = request.query_value("startOffset").value_or("");
    options.end_offset = request.query_value("endOffset").value_or("");
    const std::int64_t most = number_query(request, "maxResults").value_or(1000);
    if (most < 1) throw bad_request("Invalid value for maxResults");
    options.max_results = static_cast<std::size_t>(std::min<std::int64_t>(most, 1000));
    return json_response(list_json(store_.list(bucket, options)));
  }

  Response one_object(Request& request, const std::string& bucket, const std::string& name,
                      bool media) {
    if (request.method == "DELETE") {
      store_.remove(bucket, name, preconditions(request));
      Response gone;
      gone.status = 204;
      return gone;
    }
    if (request.method != "GET" && request.method != "HEAD") {
      throw not_implemented(request.method + " on an object");
    }
    if (media || request.query_value("alt") == "media") return download(request, bucket, name);
    return json_response(object_json(*store_.object(bucket, name, preconditions(request))));
  }

  // Errors of downloads are plain text.
  Response download(Request& request, const std::string& bucket, const std::string& name) {
    try {
      return media_response(request, store_.object(bucket, name, preconditions(request)));
    } catch (const ApiError& error) {
      if (error.status != 404) throw;
      Response missing;
      missing.status = 404;
      missing.headers = {{"Content-Type", "text/html; charset=UTF-8"}};
      missing.body = error.what();
      return missing;
    }
  }

  // /bucket/object, as rclone, gsutil and the Go client download.
  Response xml_api(Request& request) {
    try {
      const auto parts = parts_after(request.path, "/");
      if (parts.size() < 2 || parts[0].empty()) {
        throw not_implemented(request.method + " " + request.path);
      }
      std::string name = parts[1];
      for (std::size_t i = 2; i < parts.size(); ++i) name += "/" + parts[i];
      Preconditions conditions;
      const std::string match(request.header("x-goog-if-generation-match"));
      if (!match.empty()) conditions.generation_match = std::stoll(match);
      conditions.generation = number_query(request, "generation");
      if (request.method == "GET" || request.method == "HEAD") {
        return media_response(request, store_.object(parts[0], name, conditions));
      }
      if (request.method == "DELETE") {
        store_.remove(parts[0], name, conditions);
        Response gone;
        gone.status = 204;
        return gone;
      }
      if (request.method != "PUT") throw not_implemented(request.method + " by an XML path");
      store_.bucket(parts[0]);
      const ObjectPtr stored = store_.put(object_from_body(parts[0], name, request), conditions);
      Response response;
      response.headers = object_headers(*stored);
      return response;
    } catch (const ApiError& error) {
      return xml_error(error);
    } catch (const std::invalid_argument&) {
      return xml_error(bad_request("Invalid x-goog-if-generation-match"));
    }
  }

  StorageStore store_;
  Uploads uploads_;
};

}  // namespace

Handler storage_handler() {
  return [storage = std::make_shared<Storage>()](Request& request) {
    try {
      return storage->handle(request);
    } catch (const ApiError& error) {
      // Of a condition that says "only if changed" this is the answer of HTTP.
      if (error.status == 412 && request.method == "GET" &&
          request.query_value("ifGenerationNotMatch")) {
        Response same;
        same.status = 304;
        return same;
      }
      return error_response(error);
    } catch (const nlohmann::json::exception& error) {
      return error_response(bad_request(std::string("Invalid JSON payload: ") + error.what()));
    }
  };
}

}  // namespace sandbox
