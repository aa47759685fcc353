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

void for_each_member(const Headers& headers, std::string_view name,
                     const std::function<void(std::string_view)>& visit) {
  for (const HeaderField& field : headers.fields()) {
    if (field.name != name) continue;
    for (const std::string_view member : split(field.value, ',')) {
      const std::string_view trimmed = trim(member);
      if (!trimmed.empty()) visit(trimmed);
    }
  }
}

bool has_member(const Headers& headers, std::string_view name, std::string_view member) {
  bool found = false;
  for_each_member(headers, name,
                  [&](std::string_view value) { found = found || iequals(value, member); });
  return found;
}

}  // namespace wif::http
