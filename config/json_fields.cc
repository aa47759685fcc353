#include "config/json_fields.h"

#include <nlohmann/json.hpp>

#include "config/json_text.h"

namespace wif::config {
namespace {

constexpr std::size_t kShownBytes = 100;

std::string wrong_type(const nlohmann::json& value, std::string_view wanted) {
  return std::string("found ") + (value.is_object() || value.is_array() ? "an " : "a ") +
         value.type_name() + "; write " + std::string(wanted);
}

}  // namespace

std::string shown(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text.substr(0, kShownBytes)) {
    quoted += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return quoted + (text.size() > kShownBytes ? "…\"" : "\"");
}

JsonFields::JsonFields(const nlohmann::json& object, std::string path)
    : object_(object), path_(std::move(path)) {}

Result<std::optional<std::string>> JsonFields::text(std::string_view key) {
  const auto* value = find(key);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string()) return error(key, wrong_type(*value, "a string"));
  return std::optional<std::string>(value->get<std::string>());
}

Result<std::optional<std::int64_t>> JsonFields::integer(std::string_view key) {
  const auto* value = find(key);
  if (value == nullptr) return std::optional<std::int64_t>();
  if (!value->is_number_integer()) return error(key, wrong_type(*value, "a whole number"));
  return std::optional<std::int64_t>(value->get<std::int64_t>());
}

Result<std::optional<bool>> JsonFields::boolean(std::string_view key) {
  const auto* value = find(key);
  if (value == nullptr) return std::optional<bool>();
  if (!value->is_boolean()) return error(key, wrong_type(*value, "true or false"));
  return std::optional<bool>(value->get<bool>());
}

Result<const nlohmann::json*> JsonFields::object(std::string_view key) {
  const auto* value = find(key);
  if (value != nullptr && !value->is_object()) return error(key, wrong_type(*value, "an object"));
  return value;
}

Result<std::string> JsonFields::required_text(std::string_view key, std::string_view remedy) {
  TRY(auto value, text(key));
  if (!value) return error(key, "missing; " + std::string(remedy));
  if (value->empty()) return error(key, "found an empty string; " + std::string(remedy));
  return *std::move(value);
}

bool JsonFields::has(std::string_view key) const {
  const auto found = object_.find(std::string(key));
  return found != object_.end() && !found->is_null();
}

std::vector<std::string> JsonFields::unknown() const {
  std::vector<std::string> names;
  for (const auto& item : object_.items()) {
    if (!used_.contains(item.key())) names.push_back(path(item.key()));
  }
  return names;
}

std::string JsonFields::path(std::string_view key) const { return json_child(path_, key); }

Error JsonFields::error(std::string_view key, std::string_view what) const {
  return Error(Reason::kConfiguration, path(key) + ": " + std::string(what));
}

const nlohmann::json* JsonFields::find(std::string_view key) {
  used_.emplace(key);
  const auto found = object_.find(std::string(key));
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace wif::config
