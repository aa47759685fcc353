#include "proxy/commands.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"
#include "config/flags.h"

namespace wif::proxy {
namespace {

constexpr std::array<Command, 8> kCommands{{
    {"serve", "run the proxy until it is told to stop", cmd_serve},
    {"run", "run a command behind a proxy of its own: wif-proxy run -- bq ls", cmd_run},
    {"env", "print the variables that lead clients to the proxy", cmd_env},
    {"healthcheck", "exit 0 if the running proxy is ready, else 1", cmd_healthcheck},
    {"wait", "return when the running proxy is ready", cmd_wait},
    {"config", "check the configuration, or print its documentation", cmd_config},
    {"version", "print the version and what it was built with", cmd_version},
    {"help", "this page, or that of a command", cmd_help},
}};

const Command* find_command(std::string_view name) {
  const auto found = std::find_if(kCommands.begin(), kCommands.end(),
                                  [name](const Command& each) { return each.name == name; });
  return found == kCommands.end() ? nullptr : &*found;
}

int unknown_command(std::string_view name) {
  std::vector<std::string_view> names;
  names.reserve(kCommands.size());
  for (const Command& command : kCommands) names.push_back(command.name);
  const std::string_view near = nearest(name, names);
  std::string message = "unknown command \"" + std::string(name) + "\"";
  message += near.empty() ? "; see wif-proxy help" : " (did you mean " + std::string(near) + "?)";
  std::fprintf(stderr, "%s\n", message.c_str());
  return config::kExitUsage;
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

std::string usage_text() {
  std::string text = "Usage: wif-proxy COMMAND [flags]\n\n";
  for (const Command& command : kCommands) {
    text.append("  ").append(command.name).append(14 - command.name.size(), ' ');
    text.append(command.sentence).append("\n");
  }
  text +=
      "\nEach command has --help. One flag is needed:\n"
      "  wif-proxy run --credentials credential.json -- bq query 'SELECT 1'\n"
      "  wif-proxy serve --credentials credential.json\n"
      "  eval \"$(wif-proxy env)\"\n";
  return text;
}

int cmd_help(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    std::fputs(usage_text().c_str(), stdout);
    return 0;
  }
  const Command* command = find_command(arguments.front());
  if (command == nullptr) return unknown_command(arguments.front());
  if (command->run == cmd_help) return cmd_help({});
  return command->run({"--help"});
}

int run_command(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    std::fputs(usage_text().c_str(), stderr);
    return config::kExitUsage;
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h") return cmd_help({});
  if (name == "--version") return cmd_version({});
  const Command* command = find_command(name);
  if (command == nullptr) return unknown_command(name);
  return command->run({arguments.begin() + 1, arguments.end()});
}

}  // namespace wif::proxy
