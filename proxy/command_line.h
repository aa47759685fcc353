// What every command does with its arguments first.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/flags.h"

namespace wif::proxy {

// What may stand beside flags: nothing, words, or a command behind "--".
enum class Words { kNone, kAllowed, kCommand };

// The flags of a command; or its exit code, where nothing is left to do: the help was printed on
// stdout, or a mistake on stderr.
Result<config::Flags, int> read_command_line(std::string_view command,
                                             const std::vector<std::string>& arguments,
                                             std::span<const config::CommandFlag> own_flags = {},
                                             Words words = Words::kNone);

// The configuration that `serve` would use with these flags in this environment.
Result<config::Config, config::LoadError> load_configuration(const config::Flags& flags);

// The same for commands that ask the one that runs: they need no credentials.
Result<config::Config, config::LoadError> load_without_credentials(const config::Flags& flags);

// The log as these options want it. Once, before threads start.
void configure_log(const config::LogOptions& options);

// Value of a command's own flag, "" where it was not given.
std::string_view flag_value(const config::Flags& flags, std::string_view name);

}  // namespace wif::proxy
