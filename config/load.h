// From flags, environment and file to a checked Config. The only place that knows the precedence:
// flag > environment > file > default. Thread-safe: reload calls it again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/flags.h"

namespace wif::config {

// Everything that load() looks at, so that tests own it.
struct Sources {
  std::vector<std::string> arguments;  // without the names of program and command
  std::map<std::string, std::string> environment;
  std::string default_file = "/etc/wif-proxy/config.json";  // read if present
  std::string root = "/";         // of the file system where the cgroup's CPU quota is looked up
  unsigned hardware_threads = 0;  // 0 = ask the system
  bool needs_credentials = true;  // false: none, or ones that cannot be used, are no mistake
};

// What the environment of this process holds.
std::map<std::string, std::string> process_environment();

// A command without flags of its own: parse_flags() and then load() below. --help comes back as a
// LoadError with exit code 0 and the text to print on stdout.
Result<Config, LoadError> load(const Sources& sources);

// For commands that parsed the arguments themselves; sources.arguments is not looked at.
// Every mistake is found before it fails: one line each in the message, exit code 78.
Result<Config, LoadError> load(const Flags& flags, const Sources& sources);

}  // namespace wif::config
