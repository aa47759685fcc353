// The commands of `wif-proxy COMMAND …`, one sentence and one function each. Main thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wif::proxy {

// Exit codes beside 0: config::kExitUsage and config::kExitConfiguration.
inline constexpr int kExitFailed = 1;
// Of `run` alone, as of a shell: it could not start; the command could not be executed; there is no
// such command. Any other exit code is the command's own.
inline constexpr int kExitNotStarted = 125;
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNoCommand = 127;

struct Command {
  std::string_view name;
  std::string_view sentence;
  int (*run)(const std::vector<std::string>& arguments);  // without program and command
};

// In the order of the help text.
std::span<const Command> commands();

// The whole command line without the program's name: finds the command and runs it. Exit code 2
// with the nearest name where there is none.
int run_command(const std::vector<std::string>& arguments);

// "usage: wif-proxy COMMAND …" and the table.
std::string usage_text();

// One function per command; each returns the process's exit code.
int cmd_serve(const std::vector<std::string>& arguments);
int cmd_run(const std::vector<std::string>& arguments);
int cmd_env(const std::vector<std::string>& arguments);
int cmd_healthcheck(const std::vector<std::string>& arguments);
int cmd_wait(const std::vector<std::string>& arguments);
int cmd_version(const std::vector<std::string>& arguments);
int cmd_config(const std::vector<std::string>& arguments);
int cmd_help(const std::vector<std::string>& arguments);

}  // namespace wif::proxy
