#include "http/headers.h"

#include <algorithm>

#include "base/text.h"

namespace wif::http {

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const HeaderField& field : fields_) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(),
                    [name](const HeaderField& field) { return field.name == name; }));
}

std::size_t Headers::remove(std::string_view name) {
  return std::erase_if(fields_, [name](const HeaderField& field) { return field.name == name; });
}

bool has_member(const Headers& headers, std::string_view name, std::string_view member) {
  bool found = false;
  for_each_member(headers, name,
                  [&](std::string_view value) { found = found || iequals(value, member); });
  return found;
}

}  // namespace wif::http
