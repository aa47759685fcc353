// The environment's part of a configuration: variables by the names in the option table.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/draft.h"

namespace wif::config {

using Environment = std::map<std::string, std::string>;

// The value, or "" when the variable is not set; an empty one counts as not set.
std::string_view variable(const Environment& environment, std::string_view name);

// Stores every variable of the table in `draft`; mistakes go to draft.mistakes as "NAME: what".
// A variable WIF_PROXY_… that is nearly a known one is a warning.
void apply_environment(const Environment& environment, Draft& draft);

}  // namespace wif::config
