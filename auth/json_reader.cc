#include "auth/json_reader.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace wif::auth {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 32;

const Json* find(const Json& value, const std::string_view* key, const std::string_view* end) {
  if (key == end) return &value;
  if (*key == "*" && value.is_array()) {
    for (const Json& element : value) {
      if (const Json* found = find(element, key + 1, end)) return found;
    }
    return nullptr;
  }
  if (!value.is_object()) return nullptr;
  const auto member = value.find(std::string(*key));
  return member == value.end() ? nullptr : find(*member, key + 1, end);
}

// Whether brackets nest at most kMaxDepth deep, so that nothing below recurses further.
bool is_shallow(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return false;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return true;
}

void wipe_strings(Json& value) {
  if (value.is_string()) wipe(value.get_ref<std::string&>());
  if (!value.is_structured()) return;
  for (Json& element : value) wipe_strings(element);
}

}  // namespace

// NOLINTBEGIN(bugprone-exception-escape): the accessors throw only for another type than was just
// looked at, and a move of the tree does not throw.
struct JsonReader::Document {
  // Answers hold keys and tokens; none stays behind in freed memory.
  ~Document() { wipe_strings(root); }

  Json root;
  const Json* at(Path path) const { return find(root, path.begin(), path.end()); }
};
// NOLINTEND(bugprone-exception-escape)

JsonReader::JsonReader(std::unique_ptr<Document> document) : document_(std::move(document)) {}
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;
JsonReader::~JsonReader() = default;

std::optional<JsonReader> JsonReader::parse(std::string_view text) {
  if (!is_shallow(text)) return std::nullopt;
  auto document = std::make_unique<Document>();
  document->root = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document->root.is_object()) return std::nullopt;
  return JsonReader(std::move(document));
}

std::optional<std::string> JsonReader::text(Path path) const {
  const Json* value = document_->at(path);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<std::string> JsonReader::scalar(Path path) const {
  const Json* value = document_->at(path);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  if (value->is_number() || value->is_boolean()) return value->dump();
  return std::nullopt;
}

std::vector<std::string> JsonReader::texts(Path path) const {
  std::vector<std::string> found;
  const Json* value = document_->at(path);
  if (value == nullptr) return found;
  if (value->is_string()) found.push_back(value->get<std::string>());
  if (!value->is_array()) return found;
  for (const Json& element : *value) {
    if (element.is_string()) found.push_back(element.get<std::string>());
  }
  return found;
}

Secret JsonReader::take_secret(std::string_view key) {
  const auto member = document_->root.find(std::string(key));
  if (member == document_->root.end() || !member->is_string()) return Secret();
  return Secret(std::move(member->get_ref<std::string&>()));
}

std::string json_string(std::string_view text) {
  return Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace wif::auth
