#include "config/options.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace wif::config {

std::span<const Option> options() {
  static const std::vector<Option> table = [] {
    std::vector<Option> rows;
    for (const auto part : {listen_options, identity_options, rule_options, ca_options,
                            limit_options, operation_options}) {
      auto more = part();
      std::move(more.begin(), more.end(), std::back_inserter(rows));
    }
    return rows;
  }();
  return table;
}

const Option* find_option(std::string_view key) {
  const auto table = options();
  const auto found = std::find_if(table.begin(), table.end(), [key](const Option& row) {
    return !key.empty() && row.key == key;
  });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace wif::config
