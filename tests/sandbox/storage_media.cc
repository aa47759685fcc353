#include "tests/sandbox/storage_media.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <optional>
#include <utility>
#include <vector>

namespace sandbox {
namespace {

constexpr std::size_t kPiece = 64u << 10;

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};

// "bytes=A-B", "bytes=A-" and "bytes=-N"; nullopt for what RFC 9110 says to ignore. Throws ApiError
// (416) when it lies behind the end.
std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size) {
  if (!header.starts_with("bytes=") || header.find(',') != std::string_view::npos) {
    return std::nullopt;
  }
  header.remove_prefix(6);
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
    return value;
  };
  const auto first = number(header.substr(0, dash));
  const auto last = number(header.substr(dash + 1));
  const ApiError unsatisfiable(416, "requestedRangeNotSatisfiable",
                               "The requested range cannot be satisfied.");
  if (!first) {
    if (dash != 0 || !last) return std::nullopt;
    if (*last == 0 || size == 0) throw unsatisfiable;
    const std::uint64_t length = std::min(*last, size);
    return ByteRange{size - length, length};
  }
  if (!last && dash + 1 != header.size()) return std::nullopt;
  if (last && *last < *first) return std::nullopt;
  if (*first >= size) throw unsatisfiable;
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return ByteRange{*first, end - *first + 1};
}

std::string http_date(std::int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

std::string_view xml_code(int status) {
  switch (status) {
    case 404: return "NoSuchKey";
    case 412: return "PreconditionFailed";
    case 416: return "InvalidRange";
    case 501: return "NotImplemented";
    default: return "InvalidArgument";
  }
}

std::string xml_escape(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '<') {
      result += "&lt;";
    } else if (c == '&') {
      result += "&amp;";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

HeaderList object_headers(const StoredObject& object) {
  HeaderList headers = {
      {"ETag", "\"" + std::to_string(object.generation) + "\""},
      {"Last-Modified", http_date(object.created_ms)},
      {"x-goog-generation", std::to_string(object.generation)},
      {"x-goog-metageneration", std::to_string(object.metageneration)},
      {"x-goog-storage-class", "STANDARD"},
      {"x-goog-stored-content-encoding", object.given.value("contentEncoding", "identity")},
      {"x-goog-stored-content-length", std::to_string(object.content->size())},
      {"x-goog-hash", "crc32c=" + object.content->crc32c()},
      {"x-goog-hash", "md5=" + object.content->md5()},
  };
  const std::pair<const char*, const char*> given[] = {
      {"contentEncoding", "Content-Encoding"},
      {"contentDisposition", "Content-Disposition"},
      {"contentLanguage", "Content-Language"},
      {"cacheControl", "Cache-Control"}};
  for (const auto& [field, header] : given) {
    if (object.given.contains(field)) headers.emplace_back(header, object.given.value(field, ""));
  }
  return headers;
}

Response media_response(const Request& request, const ObjectPtr& object) {
  Response response;
  const std::uint64_t size = object->content->size();
  ByteRange range{0, size};
  try {
    if (const auto asked = parse_range(request.header("Range"), size)) {
      range = *asked;
      response.status = 206;
    }
  } catch (const ApiError& error) {
    response = error_response(error);
    response.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return response;
  }
  response.headers = object_headers(*object);
  response.headers.emplace_back("Content-Type", object->content_type);
  response.headers.emplace_back("Accept-Ranges", "bytes");
  if (response.status == 206) {
    response.headers.emplace_back("Content-Range",
                                  "bytes " + std::to_string(range.first) + "-" +
                                      std::to_string(range.first + range.length - 1) + "/" +
                                      std::to_string(size));
  }
  response.content_length = range.length;
  response.source = blob_source(object->content, range.first, range.length);
  return response;
}

StoredObject object_from_body(const std::string& bucket, const std::string& name,
                              Request& request) {
  auto content = std::make_shared<Blob>();
  std::vector<char> piece(kPiece);
  while (const std::size_t got = request.body(piece.data(), piece.size())) {
    content->append({piece.data(), got});
  }
  StoredObject object;
  object.bucket = bucket;
  object.name = name;
  object.content_type = request.header("Content-Type");
  if (object.content_type.empty()) object.content_type = "application/octet-stream";
  const std::string encoding(request.header("Content-Encoding"));
  if (!encoding.empty()) object.given["contentEncoding"] = encoding;
  object.content = std::move(content);
  return object;
}

Response xml_error(const ApiError& error) {
  Response response;
  response.status = error.status;
  response.headers = {{"Content-Type", "application/xml; charset=UTF-8"}};
  response.body = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>" +
                  std::string(xml_code(error.status)) + "</Code><Message>" +
                  xml_escape(error.what()) + "</Message></Error>";
  return response;
}

}  // namespace sandbox
