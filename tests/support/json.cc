#include "tests/support/json.h"

#include <nlohmann/json.hpp>

namespace wif::test {
namespace {

using nlohmann::json;

std::string plain(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

json at(std::string_view text, const std::string& pointer) {
  const json document = json::parse(text, nullptr, false);
  const json::json_pointer where(pointer);
  return !document.is_discarded() && document.contains(where) ? document.at(where) : json();
}

sandbox::HeaderList fields(const json& list) {
  sandbox::HeaderList out;
  for (const json& field : list) out.emplace_back(field.at(0), field.at(1));
  return out;
}

}  // namespace

std::string json_at(std::string_view text, const std::string& pointer) {
  const json value = at(text, pointer);
  return value.is_null() ? "" : plain(value);
}

std::vector<std::pair<std::string, std::string>> json_members(std::string_view text,
                                                              const std::string& pointer) {
  std::vector<std::pair<std::string, std::string>> members;
  const json value = at(text, pointer);
  for (const auto& item : value.items()) {
    members.emplace_back(value.is_object() ? item.key() : "", plain(item.value()));
  }
  return members;
}

Seen::Seen(std::string_view echo)
    : method(json_at(echo, "/method")),
      target(json_at(echo, "/target")),
      headers(fields(at(echo, "/headers"))),
      trailers(fields(at(echo, "/trailers"))),
      body_bytes(json_at(echo, "/body_bytes")),
      body_sha256(json_at(echo, "/body_sha256")),
      server_name(json_at(echo, "/server_name")),
      connection(json_at(echo, "/connection")),
      protocol(json_at(echo, "/protocol")) {}

std::string Seen::values(std::string_view name) const {
  std::string joined;
  bool first = true;
  for (const auto& [each, value] : headers) {
    if (!sandbox::equals_ignoring_case(each, name)) continue;
    joined += (first ? "" : " | ") + value;
    first = false;
  }
  return joined;
}

}  // namespace wif::test
