// The command line, cut into options of the table and flags of one command. CLI11 stays inside
// flags.cc. Thread-safe.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace wif::config {

struct Option;

// Why the configuration cannot be used. 0: not a mistake, print the message on stdout (help);
// 2: the command line; 78: the configuration (EX_CONFIG of sysexits.h).
struct LoadError {
  int exit_code = 78;
  std::string message;
};

inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfiguration = 78;

// A flag that one command has beside the options: `check --json`.
struct CommandFlag {
  std::string_view name;   // "--json", or "-v,--verbose"
  std::string_view value;  // "FORMAT"; empty = takes none
  std::string_view help;
};

struct Flags {
  enum class Help { kNone, kShort, kAll };

  // Options of the table in its order, each with its values ("true" or "false" for booleans).
  std::vector<std::pair<const Option*, std::vector<std::string>>> options;
  // Values of the command's own flags by long name without dashes; "true" for those without value.
  std::map<std::string, std::vector<std::string>, std::less<>> command;
  std::vector<std::string> words;  // arguments that are not flags
  std::vector<std::string> rest;   // everything behind "--"
  std::string config_file;         // -c, --config
  bool quiet = false;              // -q, --quiet
  Help help = Help::kNone;         // -h, --help, --help-all
};

// Exit code 2 with the nearest name for an unknown flag.
Result<Flags, LoadError> parse_flags(const std::vector<std::string>& arguments,
                                     std::span<const CommandFlag> command_flags = {});

}  // namespace wif::config
