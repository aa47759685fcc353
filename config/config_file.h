// The file's part of a configuration: JSON with comments and trailing commas, every key known.
#pragma once

#include <string>
#include <string_view>

#include "config/draft.h"

namespace wif::config {

inline constexpr std::size_t kMaxConfigBytes = 1u << 20;

// Stores all of `text` in `draft`; `name` is what messages call it. Every mistake is a line
// "NAME:LINE:COLUMN: what" in draft.mistakes.
void apply_file(std::string text, std::string name, Draft& draft);

}  // namespace wif::config
