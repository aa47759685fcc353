// The three ways in which Google's APIs take content: media (the body is the content), multipart
// (JSON and content in one body) and resumable (a session that takes the content in pieces).
// BigQuery and Cloud Storage share them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tests/sandbox/blob.h"
#include "tests/sandbox/http.h"

namespace sandbox {

struct Upload {
  Request first;  // the request that began it, without its body: query and headers
  nlohmann::json metadata = nlohmann::json::object();
  std::string content_type;  // of the content, "" where the client said none
  std::shared_ptr<Blob> content = std::make_shared<Blob>();
};

// What becomes of a complete upload; throws ApiError.
using UploadDone = std::function<Response(const Upload&)>;

// The open sessions of one API. Any thread may call it; requests to the same session wait for each
// other.
class Uploads {
 public:
  // Answers a request to an upload path. Real servers want pieces in multiples of 256 KiB; here any
  // size will do, so that tests stay small.
  Response serve(Request& request, const UploadDone& done);

 private:
  struct Session;

  Response begin(Request& request);
  Response resume(Request& request, const std::string& id, const UploadDone& done);
  std::shared_ptr<Session> find(const std::string& id);

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Session>> sessions_;
};

// Whether the path is one of an upload, and the path without that beginning: both
// /upload/storage/v1/b and /resumable/upload/storage/v1/b give /storage/v1/b; "" where it is not.
std::string upload_target(std::string_view path);

// The address under which the client reached us, without "/" at its end. Clients speak TLS to
// Google's names; plain HTTP is only for a bare listener on loopback.
std::string own_address(const Request& request);

}  // namespace sandbox
