// Reads the members of one JSON object by name and type, and knows which ones nobody asked for.
// Used by one thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wif::config {

// `text` for an error message: quoted, control bytes replaced, cut after 100 octets.
std::string shown(std::string_view text);

class JsonFields {
 public:
  // `object` must be an object and outlive this; `path` is "" for the top level.
  JsonFields(const nlohmann::json& object, std::string path);

  // nullopt when absent or null; an error "PATH: found a number; write a string" on another type.
  Result<std::optional<std::string>> text(std::string_view key);
  Result<std::optional<std::int64_t>> integer(std::string_view key);
  Result<std::optional<bool>> boolean(std::string_view key);
  // nullptr when absent or null.
  Result<const nlohmann::json*> object(std::string_view key);

  // As text(), but absent is an error too: "PATH: missing; REMEDY".
  Result<std::string> required_text(std::string_view key, std::string_view remedy);

  bool has(std::string_view key) const;
  // Says that a member is known although nobody reads it.
  void accept(std::string_view key) { used_.emplace(key); }
  // Paths of the members that were never asked for.
  std::vector<std::string> unknown() const;
  std::string path(std::string_view key) const;
  // "PATH.KEY: what".
  Error error(std::string_view key, std::string_view what) const;

 private:
  const nlohmann::json* find(std::string_view key);

  const nlohmann::json& object_;
  std::string path_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace wif::config
