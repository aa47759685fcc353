// The one table of all options. Flags, environment variables, the keys of the configuration file,
// --help and docs/configuration.md all come from it, so that they cannot disagree. Built once,
// before threads start; immutable afterwards.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/draft.h"

namespace wif::config {

enum class OptionType {
  kBoolean,
  kInteger,
  kDuration,
  kText,
  kChoice,
  kList,         // in the file an array of strings
  kTextOrList,   // in the file a string or an array of strings
  kCredentials,  // in the file a path or an object
};

// Every member has a default, so that a row of the table names only what it needs.
struct Option {
  std::string key{};   // "limits.max_connections"; empty when the file cannot set it
  std::string flag{};  // "--max-connections", or empty
  std::vector<std::string_view> environment{};  // the first that is set and not empty counts
  OptionType type = OptionType::kText;
  std::string value{};         // what stands behind the flag in help: "HOST:PORT"
  std::string default_text{};  // as shown: "none", "3128", ...
  std::string help{};          // one sentence
  // Stores a checked value; its error says what was found and what to write instead. Empty in the
  // two rows that load() itself looks at: where the file is.
  std::function<Result<void>(Draft&, const Given&)> store{};
  std::string_view null_text{};  // what null in the file means; empty = as if absent
  bool negated = false;          // flag and environment say the opposite: --no-imds-v1
  bool common = false;           // on the first screen of --help

  bool repeatable() const { return type == OptionType::kList || type == OptionType::kTextOrList; }
};

std::span<const Option> options();

// nullptr when there is none.
const Option* find_option(std::string_view key);

// The parts of options(), each in the .cc file of its name.
std::vector<Option> listen_options();
std::vector<Option> identity_options();
std::vector<Option> rule_options();  // and imds.*
std::vector<Option> ca_options();    // and upstream.*
std::vector<Option> limit_options();
std::vector<Option> operation_options();

}  // namespace wif::config
