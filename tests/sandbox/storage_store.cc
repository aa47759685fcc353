#include "tests/sandbox/storage_store.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/sandbox/api_error.h"

namespace sandbox {
namespace {

std::int64_t now_micros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void check(const Preconditions& conditions, std::int64_t generation) {
  const bool wrong =
      (conditions.generation_match && *conditions.generation_match != generation) ||
      (conditions.generation_not_match && *conditions.generation_not_match == generation);
  if (wrong) {
    throw ApiError(412, "conditionNotMet",
                   "At least one of the pre-conditions you specified did not hold.");
  }
}

ApiError no_such_object(const std::string& bucket, const std::string& name) {
  return not_found("No such object: " + bucket + "/" + name);
}

bool valid_bucket_name(const std::string& name) {
  return name.size() >= 3 && name.size() <= 222 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos;
}

}  // namespace

StorageStore::StorageStore() { add_bucket("foo-bucket", nlohmann::json::object()); }

const Bucket& StorageStore::find(const std::string& name) const {
  const auto found = buckets_.find(name);
  if (found == buckets_.end()) throw not_found("The specified bucket does not exist.");
  return found->second;
}

std::vector<Bucket> StorageStore::buckets() const {
  const std::lock_guard lock(mutex_);
  std::vector<Bucket> result;
  for (const auto& [name, bucket] : buckets_) {
    result.push_back({name, bucket.created_ms, bucket.given, {}});
  }
  return result;
}

Bucket StorageStore::bucket(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const Bucket& found = find(name);
  return {name, found.created_ms, found.given, {}};
}

Bucket StorageStore::add_bucket(const std::string& name, nlohmann::json given) {
  const std::lock_guard lock(mutex_);
  if (!valid_bucket_name(name)) throw bad_request("Invalid bucket name: '" + name + "'");
  if (buckets_.contains(name)) {
    throw ApiError(409, "conflict",
                   "Your previous request to create the named bucket succeeded and you already "
                   "own it.");
  }
  Bucket& added = buckets_[name];
  added.name = name;
  added.created_ms = now_micros() / 1000;
  added.given = std::move(given);
  return {name, added.created_ms, added.given, {}};
}

void StorageStore::remove_bucket(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (!find(name).objects.empty()) {
    throw ApiError(409, "conflict", "The bucket you tried to delete is not empty.");
  }
  buckets_.erase(name);
}

ObjectPtr StorageStore::object(const std::string& bucket, const std::string& name,
                               const Preconditions& conditions) const {
  const std::lock_guard lock(mutex_);
  return find_object(bucket, name, conditions);
}

ObjectPtr StorageStore::find_object(const std::string& bucket, const std::string& name,
                                    const Preconditions& conditions) const {
  const Bucket& in = find(bucket);
  const auto found = in.objects.find(name);
  if (found == in.objects.end()) throw no_such_object(bucket, name);
  const std::int64_t generation = found->second->generation;
  if (conditions.generation && *conditions.generation != generation) {
    throw no_such_object(bucket, name + "#" + std::to_string(*conditions.generation));
  }
  check(conditions, generation);
  return found->second;
}

ObjectPtr StorageStore::put(StoredObject object, const Preconditions& conditions) {
  const std::lock_guard lock(mutex_);
  find(object.bucket);
  auto& objects = buckets_.at(object.bucket).objects;
  const auto found = objects.find(object.name);
  check(conditions, found == objects.end() ? 0 : found->second->generation);
  const std::int64_t now = now_micros();
  last_generation_ = std::max(now, last_generation_ + 1);
  object.generation = last_generation_;
  object.created_ms = now / 1000;
  return objects[object.name] = std::make_shared<const StoredObject>(object);
}

void StorageStore::remove(const std::string& bucket, const std::string& name,
                          const Preconditions& conditions) {
  const std::lock_guard lock(mutex_);
  find_object(bucket, name, conditions);
  buckets_.at(bucket).objects.erase(name);
}

ObjectPage StorageStore::list(const std::string& bucket, const ListOptions& options) const {
  const std::lock_guard lock(mutex_);
  const auto& objects = find(bucket).objects;
  ObjectPage page;
  // The token of a page is the last name, or the last prefix, of the one before.
  std::string last;
  auto at = objects.lower_bound(std::max(options.prefix, options.start_offset));
  for (; at != objects.end() && at->first.starts_with(options.prefix); ++at) {
    const std::string& name = at->first;
    if (!options.end_offset.empty() && name >= options.end_offset) break;
    std::string entry = name;
    const auto cut = options.delimiter.empty()
                         ? std::string::npos
                         : name.find(options.delimiter, options.prefix.size());
    const bool is_prefix = cut != std::string::npos;
    if (is_prefix) entry = name.substr(0, cut + options.delimiter.size());
    if (!options.page_token.empty() && entry <= options.page_token) continue;
    if (is_prefix && !page.prefixes.empty() && page.prefixes.back() == entry) continue;
    if (page.objects.size() + page.prefixes.size() == options.max_results) {
      page.next_page_token = last;
      break;
    }
    if (is_prefix) {
      page.prefixes.push_back(entry);
    } else {
      page.objects.push_back(at->second);
    }
    last = entry;
  }
  return page;
}

}  // namespace sandbox
