#include "proxy/command_line.h"

#include <unistd.h>

#include <cstdio>

#include "base/log.h"
#include "config/help.h"
#include "config/load.h"

namespace wif::proxy {
namespace {

// The first argument that the command does not take; nullptr if there is none.
const std::string* unwanted(const config::Flags& flags, Words words) {
  if (words != Words::kAllowed && !flags.words.empty()) return &flags.words.front();
  if (words != Words::kCommand && !flags.rest.empty()) return &flags.rest.front();
  return nullptr;
}

}  // namespace

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
    const std::string usage =
        std::string(command) + (words == Words::kCommand ? " [flags] -- COMMAND" : " [flags]");
    const bool all = flags->help == config::Flags::Help::kAll;
    std::fputs(config::help_text(usage, all, own_flags).c_str(), stdout);
    return 0;
  }
  if (const std::string* unknown = unwanted(*flags, words)) {
    const std::string hint = words == Words::kCommand
                                 ? "the command stands behind \"--\": wif-proxy run -- COMMAND"
                                 : "see wif-proxy " + std::string(command) + " --help";
    std::fprintf(stderr, "unknown argument \"%s\"; %s\n", unknown->c_str(), hint.c_str());
    return config::kExitUsage;
  }
  return *std::move(flags);
}

namespace {

Result<config::Config, config::LoadError> load(const config::Flags& flags, bool needs_credentials) {
  config::Sources sources;
  sources.environment = config::process_environment();
  sources.needs_credentials = needs_credentials;
  return config::load(flags, sources);
}

}  // namespace

Result<config::Config, config::LoadError> load_configuration(const config::Flags& flags) {
  return load(flags, true);
}

Result<config::Config, config::LoadError> load_without_credentials(const config::Flags& flags) {
  return load(flags, false);
}

void configure_log(const config::LogOptions& options) {
  using Format = config::LogOptions::Format;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  const bool json =
      options.format == Format::kJson || (options.format == Format::kAuto && !terminal);
  log::configure(static_cast<log::Level>(options.level), json);
}

std::string_view flag_value(const config::Flags& flags, std::string_view name) {
  const auto found = flags.command.find(name);
  return found == flags.command.end() ? std::string_view{} : found->second.back();
}

}  // namespace wif::proxy
