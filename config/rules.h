// Rules as they stand in the file: the table of their keys, and the rules that hold when none are
// written (threat-model.md ). Thread-safe.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace wif::config {

enum class RuleKeyType { kText, kBoolean, kTextList, kIntegerList };

struct RuleKey {
  std::string_view name;
  RuleKeyType type;
  std::string_view default_text;
  std::string_view help;
  Result<void> (*store)(Rule&, const std::vector<std::string>&);
};

std::span<const RuleKey> rule_keys();

// After all keys of one rule are stored: ports by default, keys that do not fit its action.
Result<void> finish_rule(Rule& rule, bool ports_given);

// inject *.UNIVERSE on port 443, then tunnel everything else if `tunnel_rest`.
std::vector<Rule> default_rules(std::string_view universe, bool tunnel_rest);

}  // namespace wif::config
