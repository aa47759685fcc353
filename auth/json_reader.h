// Reads fields out of JSON answers, and keeps the JSON library (slow to compile) in one file.
// Immutable but for take_secret(), and zeroed on destruction; one thread at a time.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace wif::auth {

class JsonReader {
 public:
  // nullopt unless `text` is one JSON object (RFC 8259), at most 32 levels deep, and nothing else.
  static std::optional<JsonReader> parse(std::string_view text);
  JsonReader(JsonReader&&) noexcept;
  JsonReader& operator=(JsonReader&&) noexcept;
  ~JsonReader();

  // Keys from the outside in. "*" stands for the first element of an array that has the rest.
  using Path = std::initializer_list<std::string_view>;

  // The string there; nullopt where there is none or it is something else.
  std::optional<std::string> text(Path path) const;
  // A string as it is, a number or boolean as it is written in JSON.
  std::optional<std::string> scalar(Path path) const;
  // A string, or the strings of an array: `aud` of RFC 7519.
  std::vector<std::string> texts(Path path) const;
  // A string of the outermost object. What was read of it is wiped here; empty where there is none.
  Secret take_secret(std::string_view key);

 private:
  struct Document;
  explicit JsonReader(std::unique_ptr<Document> document);
  std::unique_ptr<Document> document_;
};

// `text` as a JSON string, with its quotes. Bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

}  // namespace wif::auth
