// How the rows of the option table store values of the common types; for the *_options.cc files.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/options.h"
#include "config/values.h"

namespace wif::config {

using Store = std::function<Result<void>(Draft&, const Given&)>;

inline Store store_boolean(bool& (*field)(Config&)) {
  return [field](Draft& draft, const Given& given) -> Result<void> {
    TRY(field(draft.config), parse_boolean(given.texts[0]));
    return {};
  };
}

inline Store store_text(std::string& (*field)(Config&)) {
  return [field](Draft& draft, const Given& given) -> Result<void> {
    if (given.texts[0].find('\0') != std::string::npos) {
      return value_error("a NUL byte", "remove it");
    }
    field(draft.config) = given.texts[0];
    return {};
  };
}

template <typename T>
Store store_choice(T& (*field)(Config&), std::vector<std::pair<std::string_view, T>> values) {
  return [field, values = std::move(values)](Draft& draft, const Given& given) -> Result<void> {
    std::string names;
    for (const auto& [name, value] : values) {
      if (given.texts[0] == name) {
        field(draft.config) = value;
        return {};
      }
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
    return value_error(given.texts[0], "write one of " + names);
  };
}

// Each text through T::parse; the list replaces what a weaker source gave.
template <typename T>
Result<std::vector<T>> parse_all(const std::vector<std::string>& texts) {
  std::vector<T> values;
  for (const auto& item : texts) {
    TRY(auto value, T::parse(item));
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace wif::config
