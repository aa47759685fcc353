#include "proxy/command_line.h"

#include <cstdio>

#include "config/help.h"
#include "config/load.h"

namespace wif::proxy {

Result<config::Flags, int> read_command_line(std::string_view command,
                                             const std::vector<std::string>& arguments,
                                             std::span<const config::CommandFlag> own_flags,
                                             Words words) {
  auto flags = config::parse_flags(arguments, own_flags);
  if (!flags) {
    std::fprintf(stderr, "%s\n", flags.error().message.c_str());
    return flags.error().exit_code;
  }
  if (flags->help != config::Flags::Help::kNone) {
    const bool all = flags->help == config::Flags::Help::kAll;
    std::fputs(config::help_text(command, all, own_flags).c_str(), stdout);
    return 0;
  }
  if (words == Words::kNone && !flags->words.empty()) {
    std::fprintf(stderr, "unknown argument \"%s\"; see wif-proxy %s --help\n",
                 flags->words.front().c_str(), std::string(command).c_str());
    return config::kExitUsage;
  }
  return *std::move(flags);
}

Result<config::Config, config::LoadError> load_configuration(const config::Flags& flags) {
  config::Sources sources;
  sources.environment = config::process_environment();
  return config::load(flags, sources);
}

std::string_view flag_value(const config::Flags& flags, std::string_view name) {
  const auto found = flags.command.find(name);
  return found == flags.command.end() ? std::string_view{} : found->second.back();
}

}  // namespace wif::proxy
