#include "tests/sandbox/multipart.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/sql_types.h"

namespace sandbox {
namespace {

constexpr std::size_t kPiece = 64u << 10;
constexpr std::size_t kMetadataLimit = 1u << 20;

std::string boundary_of(std::string_view content_type) {
  const auto at = upper(content_type).find("BOUNDARY=");
  if (at == std::string::npos) throw bad_request("Multipart body without a boundary");
  std::string_view rest = content_type.substr(at + 9);
  if (rest.starts_with('"') || rest.starts_with('\'')) {
    return std::string(rest.substr(1, rest.find(rest[0], 1) - 1));
  }
  return std::string(rest.substr(0, rest.find_first_of("; \t")));
}

// Gives the body up to some text, in pieces.
class Splitter {
 public:
  explicit Splitter(const BodySource& source) : source_(source), piece_(kPiece) {}

  // Everything before `end`, which is taken away as well.
  std::string until(std::string_view end) {
    std::string result;
    stream(end, [&result](std::string_view data) {
      result += data;
      if (result.size() > kMetadataLimit) throw bad_request("Part of a multipart body is too long");
    });
    return result;
  }

  template <typename Sink>
  void stream(std::string_view end, const Sink& sink) {
    while (true) {
      const auto at = buffer_.find(end);
      if (at != std::string::npos) {
        sink(std::string_view(buffer_).substr(0, at));
        buffer_.erase(0, at + end.size());
        return;
      }
      // The text may be cut by the end of the buffer.
      if (buffer_.size() >= end.size()) {
        const std::size_t safe = buffer_.size() - (end.size() - 1);
        sink(std::string_view(buffer_).substr(0, safe));
        buffer_.erase(0, safe);
      }
      const std::size_t got = source_(piece_.data(), piece_.size());
      if (got == 0) throw bad_request("Multipart body ends early");
      buffer_.append(piece_.data(), got);
    }
  }

  void drain() {
    while (source_(piece_.data(), piece_.size()) > 0) {
    }
  }

 private:
  const BodySource& source_;
  std::vector<char> piece_;
  std::string buffer_;
};

std::string header_value(const std::string& headers, std::string_view name) {
  std::size_t at = 0;
  while (at < headers.size()) {
    const std::size_t end = std::min(headers.find('\n', at), headers.size());
    const std::string_view line = std::string_view(headers).substr(at, end - at);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name)) {
      std::string_view value = line.substr(colon + 1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      while (value.ends_with('\r') || value.ends_with(' ')) value.remove_suffix(1);
      return std::string(value);
    }
    at = end + 1;
  }
  return "";
}

// The lines before the first empty one. A part need not have any: rclone sends none for a file
// whose type it does not know.
std::string read_headers(Splitter& in) {
  std::string headers;
  while (true) {
    const std::string line = in.until("\n");
    if (line.empty() || line == "\r") return headers;
    headers += line + "\n";
  }
}

}  // namespace

void read_multipart(Request& request, Upload& upload) {
  if (!request.header("Content-Encoding").empty()) {
    throw not_implemented("Content-Encoding of a request body");
  }
  const std::string mark = "--" + boundary_of(request.header("Content-Type"));
  Splitter in(request.body);
  in.until(mark);
  const std::string first_end = in.until("\n");
  const std::string line_end = first_end.ends_with('\r') ? "\r\n" : "\n";
  read_headers(in);
  const std::string json = in.until(line_end + mark);
  upload.metadata = nlohmann::json::parse(json, nullptr, false);
  if (!upload.metadata.is_object()) throw bad_request("The first part must be a JSON object");
  drop_nulls(upload.metadata);
  in.until("\n");
  const std::string headers = read_headers(in);
  upload.content_type = header_value(headers, "Content-Type");
  in.stream(line_end + mark, [&upload](std::string_view data) { upload.content->append(data); });
  in.drain();
}

}  // namespace sandbox
