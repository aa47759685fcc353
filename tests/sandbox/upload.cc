#include "tests/sandbox/upload.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/multipart.h"

namespace sandbox {
namespace {

constexpr std::size_t kPiece = 64u << 10;

// "Content-Range: bytes FIRST-LAST/TOTAL" or "bytes */TOTAL"; each may be '*'.
struct ContentRange {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;
  std::optional<std::uint64_t> total;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

ContentRange parse_content_range(std::string_view text) {
  const std::string message = "Invalid Content-Range header: " + std::string(text);
  if (!text.starts_with("bytes ") && !text.starts_with("bytes=")) throw bad_request(message);
  text.remove_prefix(6);
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) throw bad_request(message);
  const auto part = [&](std::string_view field) -> std::optional<std::uint64_t> {
    if (field == "*") return std::nullopt;
    const auto value = number(field);
    if (!value) throw bad_request(message);
    return value;
  };
  ContentRange range;
  range.total = part(text.substr(slash + 1));
  const std::string_view bytes = text.substr(0, slash);
  if (bytes == "*") return range;
  const auto dash = bytes.find('-');
  if (dash == std::string_view::npos) throw bad_request(message);
  range.first = part(bytes.substr(0, dash));
  range.last = part(bytes.substr(dash + 1));
  if (!range.first || (range.last && *range.last < *range.first)) throw bad_request(message);
  return range;
}

std::string new_id() {
  std::random_device random;
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x%08x%08x", random(), random(), random(),
                random());
  return text.data();
}

Request without_body(const Request& request) {
  Request copy = request;
  copy.body = nullptr;
  return copy;
}

}  // namespace

struct Uploads::Session {
  std::mutex mutex;
  Upload upload;
  std::optional<std::uint64_t> announced;  // X-Upload-Content-Length
  std::optional<Response> answer;          // once it is complete
};

std::string upload_target(std::string_view path) {
  for (const std::string_view prefix : {"/resumable/upload", "/upload"}) {
    if (path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/')) {
      return std::string(path.substr(prefix.size()));
    }
  }
  return "";
}

std::string own_address(const Request& request) {
  const std::string host(request.header("Host"));
  const bool loopback =
      host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
  return (loopback ? "http://" : "https://") + host;
}

Response Uploads::serve(Request& request, const UploadDone& done) {
  if (const auto id = request.query_value("upload_id")) return resume(request, *id, done);
  const std::string kind = request.query_value("uploadType").value_or("");
  if (kind == "resumable") return begin(request);
  if (kind != "media" && kind != "multipart") {
    throw not_implemented("an upload with uploadType=" + kind);
  }
  Upload upload;
  upload.first = without_body(request);
  if (kind == "multipart") {
    read_multipart(request, upload);
  } else {
    upload.content_type = request.header("Content-Type");
    std::vector<char> piece(kPiece);
    while (const std::size_t got = request.body(piece.data(), piece.size())) {
      upload.content->append({piece.data(), got});
    }
  }
  return done(upload);
}

Response Uploads::begin(Request& request) {
  auto session = std::make_shared<Session>();
  session->upload.first = without_body(request);
  session->upload.metadata = json_body(request);
  session->upload.content_type = request.header("X-Upload-Content-Type");
  session->announced = number(request.header("X-Upload-Content-Length"));
  const std::string id = new_id();
  Response response;
  response.headers = {
      {"Location", own_address(request) + request.path + "?" + request.query + "&upload_id=" + id},
      {"X-GUploader-UploadID", id}};
  const std::lock_guard lock(mutex_);
  sessions_[id] = std::move(session);
  return response;
}

std::shared_ptr<Uploads::Session> Uploads::find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) throw not_found("Not found: upload session " + id);
  return found->second;
}

Response Uploads::resume(Request& request, const std::string& id, const UploadDone& done) {
  const std::shared_ptr<Session> session = find(id);
  const std::lock_guard lock(session->mutex);
  if (request.method == "DELETE") {
    const std::lock_guard all(mutex_);
    sessions_.erase(id);
    Response cancelled;
    cancelled.status = 499;
    return cancelled;
  }
  if (session->answer) return *session->answer;
  const std::string_view header = request.header("Content-Range");
  ContentRange range;
  // No range at all means: all of it.
  if (header.empty()) range.first = 0;
  if (!header.empty()) range = parse_content_range(header);
  Blob& content = *session->upload.content;
  const std::uint64_t before = content.size();
  std::uint64_t received = 0;
  std::vector<char> piece(kPiece);
  // Bytes that are here already are skipped; after a gap everything is, and the answer says from
  // where to go on.
  const std::uint64_t first = range.first.value_or(0);
  while (const std::size_t got = request.body(piece.data(), piece.size())) {
    const std::uint64_t position = first + received;
    received += got;
    if (!range.first || position > content.size() || first + received <= content.size()) continue;
    const std::size_t known = static_cast<std::size_t>(content.size() - position);
    content.append({piece.data() + known, got - known});
  }
  if (range.first && range.last && received != *range.last - first + 1) {
    throw bad_request("The body has " + std::to_string(received) +
                      " bytes, Content-Range says another number");
  }
  if (!range.first && received > 0) throw bad_request("A query for the status has no body");
  // "0-*/*" and no range go to the end of the body: that is the end of the content. Else the end
  // is where the total is reached.
  const bool open_end = range.first && !range.last && !range.total;
  const bool complete =
      (open_end && first <= before) || (range.total && content.size() == *range.total);
  if (range.total && content.size() > *range.total) {
    throw bad_request("More bytes came than Content-Range announced");
  }
  if (complete) {
    if (session->announced && *session->announced != content.size()) {
      throw bad_request("X-Upload-Content-Length does not match the content");
    }
    session->answer = done(session->upload);
    // The content now belongs to whoever `done` gave it to.
    session->upload.content = std::make_shared<Blob>();
    return *session->answer;
  }
  Response more;
  const bool no_308 = request.header("X-GUploader-No-308") == "yes";
  more.status = no_308 ? 200 : 308;
  if (no_308) more.headers.emplace_back("X-HTTP-Status-Code-Override", "308");
  if (content.size() > 0) {
    more.headers.emplace_back("Range", "bytes=0-" + std::to_string(content.size() - 1));
  }
  more.headers.emplace_back("X-GUploader-UploadID", id);
  return more;
}

}  // namespace sandbox
