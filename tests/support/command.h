// Programs that a test runs: with an environment of their own and nothing of ours.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace wif::test {

using Environment = std::map<std::string, std::string>;

// PATH, LC_ALL and what steers sanitizers; everything else is the caller's to give.
Environment clean_environment();

struct Outcome {
  int exit_code = -1;  // 128 + number of the signal that ended it
  std::string out;
  std::string err;
};

// Runs a program to its end. `variables` come on top of clean_environment(). Kills it after
// `limit` and throws std::runtime_error, as when there is no such program.
Outcome run(const std::vector<std::string>& command, const Environment& variables = {},
            std::chrono::seconds limit = std::chrono::seconds(60));

// Starts a program whose output goes into two files. The caller waits for it.
pid_t spawn(const std::vector<std::string>& command, const Environment& variables,
            const std::string& out_file, const std::string& err_file);
// Its exit code as in Outcome, or -1 while it still runs after `limit`.
int wait_for_exit(pid_t process, std::chrono::milliseconds limit);

// Whether a program of that name is to be found in PATH.
bool is_installed(const std::string& program);

}  // namespace wif::test
