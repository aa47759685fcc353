#include "tests/sandbox/storage_json.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <utility>

#include "tests/sandbox/api_error.h"

namespace sandbox {
namespace {

constexpr std::string_view kHost = "https://storage.googleapis.com";

// What a client may say of its object and gets back as it said it.
constexpr std::array<const char*, 5> kGivenFields = {
    "cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "metadata"};

}  // namespace

std::string rfc3339(std::int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(ms % 1000));
  return text.data();
}

nlohmann::json bucket_json(const Bucket& bucket) {
  const std::string created = rfc3339(bucket.created_ms);
  nlohmann::json json = {
      {"kind", "storage#bucket"},
      {"id", bucket.name},
      {"name", bucket.name},
      {"selfLink", std::string(kHost) + "/storage/v1/b/" + bucket.name},
      {"projectNumber", "123456789012"},
      {"metageneration", "1"},
      {"location", bucket.given.value("location", "US")},
      {"locationType", "multi-region"},
      {"storageClass", bucket.given.value("storageClass", "STANDARD")},
      {"etag", "CAE="},
      {"timeCreated", created},
      {"updated", created},
  };
  if (bucket.given.contains("labels")) json["labels"] = bucket.given["labels"];
  return json;
}

nlohmann::json layout_json(const Bucket& bucket) {
  return {{"kind", "storage#storageLayout"},
          {"bucket", bucket.name},
          {"location", bucket.given.value("location", "US")},
          {"locationType", "multi-region"},
          {"hierarchicalNamespace", {{"enabled", false}}}};
}

nlohmann::json object_json(const StoredObject& object) {
  const std::string generation = std::to_string(object.generation);
  const std::string path = "/storage/v1/b/" + object.bucket + "/o/" + percent_encode(object.name);
  const std::string created = rfc3339(object.created_ms);
  nlohmann::json json = object.given;
  json.update({
      {"kind", "storage#object"},
      {"id", object.bucket + "/" + object.name + "/" + generation},
      {"selfLink", std::string(kHost) + path},
      {"mediaLink",
       std::string(kHost) + "/download" + path + "?generation=" + generation + "&alt=media"},
      {"name", object.name},
      {"bucket", object.bucket},
      {"generation", generation},
      {"metageneration", std::to_string(object.metageneration)},
      {"contentType", object.content_type},
      {"storageClass", "STANDARD"},
      {"size", std::to_string(object.content->size())},
      {"md5Hash", object.content->md5()},
      {"crc32c", object.content->crc32c()},
      {"etag", generation},
      {"timeCreated", created},
      {"updated", created},
      {"timeStorageClassUpdated", created},
      {"timeFinalized", created},
  });
  return json;
}

nlohmann::json list_json(const ObjectPage& page) {
  nlohmann::json json = {{"kind", "storage#objects"}};
  for (const ObjectPtr& object : page.objects) json["items"].push_back(object_json(*object));
  if (!page.prefixes.empty()) json["prefixes"] = page.prefixes;
  if (!page.next_page_token.empty()) json["nextPageToken"] = page.next_page_token;
  return json;
}

StoredObject object_from_upload(const std::string& bucket, const std::string& name,
                                const Upload& upload) {
  const auto check = [&upload](const char* field, const std::string& actual) {
    const std::string announced = upload.metadata.value(field, actual);
    if (announced == actual) return;
    throw bad_request(std::string("Provided ") + field + " \"" + announced +
                      "\" doesn't match calculated " + field + " \"" + actual + "\".");
  };
  check("md5Hash", upload.content->md5());
  check("crc32c", upload.content->crc32c());
  StoredObject object;
  object.bucket = bucket;
  object.name = name;
  object.content = upload.content;
  object.content_type = upload.metadata.value("contentType", upload.content_type);
  if (object.content_type.empty()) object.content_type = "application/octet-stream";
  for (const char* field : kGivenFields) {
    if (upload.metadata.contains(field)) object.given[field] = upload.metadata[field];
  }
  return object;
}

}  // namespace sandbox
