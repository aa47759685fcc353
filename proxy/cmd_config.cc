// `wif-proxy config docs` and `wif-proxy config validate`.
#include <cstdio>

#include "config/help.h"
#include "proxy/command_line.h"
#include "proxy/commands.h"

namespace wif::proxy {
namespace {

constexpr const char* kUsage =
    "Usage: wif-proxy config docs              print docs/configuration.md\n"
    "       wif-proxy config validate [flags]  read the configuration as serve would\n";

int validate(const config::Flags& flags) {
  const auto config = load_configuration(flags);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().message.c_str());
    return config.error().exit_code;
  }
  for (const std::string& warning : config->warnings) {
    std::fprintf(stderr, "warning: %s\n", warning.c_str());
  }
  if (!flags.quiet) {
    const std::string file = config->file.empty() ? "the configuration" : config->file;
    std::printf("%s is valid; rules: %zu, identities: %zu\n", file.c_str(), config->rules.size(),
                config->identities.size());
  }
  return 0;
}

}  // namespace

int cmd_config(const std::vector<std::string>& arguments) {
  const auto flags = read_command_line("config docs|validate", arguments, {}, Words::kAllowed);
  if (!flags) return flags.error();
  const std::string word = flags->words.size() == 1 ? flags->words.front() : "";
  if (word == "validate") return validate(*flags);
  if (word == "docs") {
    std::fputs(config::configuration_markdown().c_str(), stdout);
    return 0;
  }
  std::fputs(kUsage, stderr);
  return config::kExitUsage;
}

}  // namespace wif::proxy
