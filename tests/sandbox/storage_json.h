// The JSON of Cloud Storage's resources.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/sandbox/storage_store.h"
#include "tests/sandbox/upload.h"

namespace sandbox {

nlohmann::json bucket_json(const Bucket& bucket);
nlohmann::json layout_json(const Bucket& bucket);
nlohmann::json object_json(const StoredObject& object);
nlohmann::json list_json(const ObjectPage& page);

// The object that an upload makes. Throws ApiError (400) when the hashes its metadata announces
// are not those of the content.
StoredObject object_from_upload(const std::string& bucket, const std::string& name,
                                const Upload& upload);

// "2024-01-02T03:04:05.678Z"
std::string rfc3339(std::int64_t ms);

}  // namespace sandbox
