// Text made from the option table: --help and docs/configuration.md. Pure and thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/flags.h"

namespace wif::config {

// Help of one command: its usage ("serve [flags]"), its own flags, then the common options (`all` =
// every option), then three examples. With `all` false at most 40 lines.
std::string help_text(std::string_view usage, bool all = false,
                      std::span<const CommandFlag> command_flags = {});

// docs/configuration.md: every option and every rule key with default, flag and environment.
std::string configuration_markdown();

}  // namespace wif::config
