// What the sandbox's Cloud Storage holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/sandbox/blob.h"

namespace sandbox {

// An object as it is at one time: replaced, never changed, so that a download under way goes on
// with what it began.
struct StoredObject {
  std::string bucket;
  std::string name;
  std::int64_t generation = 0;
  std::int64_t metageneration = 1;
  std::int64_t created_ms = 0;
  std::string content_type;
  nlohmann::json given = nlohmann::json::object();  // cacheControl, metadata, …
  std::shared_ptr<const Blob> content;
};
using ObjectPtr = std::shared_ptr<const StoredObject>;

struct Bucket {
  std::string name;
  std::int64_t created_ms = 0;
  nlohmann::json given = nlohmann::json::object();
  std::map<std::string, ObjectPtr> objects;
};

// The conditions a request sets; 0 stands for "there is no such object".
struct Preconditions {
  std::optional<std::int64_t> generation_match;
  std::optional<std::int64_t> generation_not_match;
  std::optional<std::int64_t> generation;  // the version it asks for
};

// One page of a list.
struct ObjectPage {
  std::vector<ObjectPtr> objects;
  std::vector<std::string> prefixes;
  std::string next_page_token;
};

struct ListOptions {
  std::string prefix;
  std::string delimiter;
  std::string page_token;
  std::string start_offset;
  std::string end_offset;
  std::size_t max_results = 1000;
};

// Any thread may call it. Everything throws ApiError (404 notFound, 409 conflict, 412
// conditionNotMet).
class StorageStore {
 public:
  StorageStore();

  std::vector<Bucket> buckets() const;  // without their objects
  Bucket bucket(const std::string& name) const;
  Bucket add_bucket(const std::string& name, nlohmann::json given);
  void remove_bucket(const std::string& name);

  ObjectPtr object(const std::string& bucket, const std::string& name,
                   const Preconditions& conditions) const;
  ObjectPtr put(StoredObject object, const Preconditions& conditions);
  void remove(const std::string& bucket, const std::string& name, const Preconditions& conditions);
  ObjectPage list(const std::string& bucket, const ListOptions& options) const;

 private:
  // Both with the lock held.
  const Bucket& find(const std::string& name) const;
  ObjectPtr find_object(const std::string& bucket, const std::string& name,
                        const Preconditions& conditions) const;

  mutable std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
  std::int64_t last_generation_ = 0;
};

}  // namespace sandbox
