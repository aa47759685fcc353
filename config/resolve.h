// The last step of reading a configuration: defaults, credential files, and the checks across keys.
#pragma once

#include <string>

#include "config/draft.h"
#include "config/environment.h"

namespace wif::config {

// Makes draft.config complete. Mistakes go to draft.mistakes, warnings to draft.config.warnings.
void resolve(Draft& draft, const Environment& environment);

// The part of resolve() about identities, in resolve_identities.cc: reads the credential files.
void resolve_identities(Draft& draft, const Environment& environment);

}  // namespace wif::config
