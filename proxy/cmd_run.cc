// `wif-proxy run -- COMMAND`: a command behind a proxy of its own, without a credential.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "config/load.h"
#include "config/options.h"
#include "proxy/command_line.h"
#include "proxy/commands.h"
#include "proxy/hardening.h"
#include "proxy/run_session.h"

namespace wif::proxy {
namespace {

constexpr std::array<config::CommandFlag, 3> kFlags{{
    {"--keep-aws", "", "leave AWS credentials in the command's environment"},
    {"--keep-gcloud-config", "", "leave CLOUDSDK_CONFIG alone, with the accounts stored in it"},
    {"--no-wait", "", "start the command before the first token is there"},
}};

// The file and the environment describe a proxy that others use, perhaps while it runs: its ports,
// its CA, its log. A run has its own unless a flag says otherwise.
struct OwnOption {
  const char* key;
  const char* value;
};
constexpr std::array<OwnOption, 6> kOwnOptions{{{"listen.proxy", "127.0.0.1:0"},
                                                {"listen.metadata", "127.0.0.1:0"},
                                                {"listen.admin", "off"},
                                                {"ca.state_dir", ""},
                                                {"ca.cert", ""},
                                                {"ca.key", ""}}};

void give_unless_said(config::Flags& flags, const char* key, const std::string& value) {
  const config::Option* option = config::find_option(key);
  for (const auto& [given, texts] : flags.options) {
    if (given == option) return;
  }
  flags.options.emplace_back(option, std::vector<std::string>{value});
}

config::Flags with_own_options(config::Flags flags, const std::string& folder) {
  for (const OwnOption& own : kOwnOptions) give_unless_said(flags, own.key, own.value);
  give_unless_said(flags, "ca.export_dir", folder + "/ca");
  // The terminal is the command's; requests that were refused are still worth a line.
  const char* level = std::getenv("WIF_PROXY_LOG_LEVEL");
  give_unless_said(flags, "log.level", level != nullptr && *level != '\0' ? level : "warn");
  return flags;
}

RunOptions run_options(const config::Flags& flags) {
  RunOptions options;
  if (flags.command.contains("keep-aws")) options.aws = AwsVariables::kKeep;
  options.own_gcloud_config = !flags.command.contains("keep-gcloud-config");
  options.wait_for_token = !flags.command.contains("no-wait");
  options.quiet = flags.quiet;
  return options;
}

int not_started(const std::string& why, int exit_code = kExitNotStarted) {
  log::flush();
  std::fprintf(stderr, "wif-proxy: %s\n", why.c_str());
  return exit_code;
}

// The folder goes before the process does, however the server ended.
int serve_command(const config::Flags& flags, Child child, bool& ended_cleanly) {
  auto folder = RunFolder::make(RunFolder::usual_places());
  if (!folder) return not_started(folder.error().what);
  auto config = load_configuration(with_own_options(flags, folder->path()));
  if (!config) return not_started(config.error().message);
  harden_process(config->allow_core_dumps);
  configure_log(config->log);
  auto session = std::make_unique<RunSession>(run_options(flags), std::move(child), *folder);
  const int exit_code = session->run(*std::move(config));
  ended_cleanly = session->ended_cleanly();
  if (!ended_cleanly) static_cast<void>(session.release());
  return exit_code;
}

}  // namespace

int cmd_run(const std::vector<std::string>& arguments) {
  const auto flags = read_command_line("run", arguments, kFlags, Words::kCommand);
  if (!flags) return flags.error() == 0 ? 0 : kExitNotStarted;
  if (flags->rest.empty()) return not_started("nothing to run; write wif-proxy run -- COMMAND");
  const auto file = find_program(flags->rest.front(), config::process_environment());
  if (!file) return not_started(file.error().what, file.error().exit_code);
  auto child = Child::fork(*file, flags->rest, Supervisor::signals());
  if (!child) return not_started(child.error().what);
  bool ended_cleanly = true;
  const int exit_code = serve_command(*flags, *std::move(child), ended_cleanly);
  if (!ended_cleanly) std::_Exit(exit_code);
  return exit_code;
}

}  // namespace wif::proxy
