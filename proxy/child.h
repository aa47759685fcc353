// The command of `run` as a process. It is forked before this process has a thread, a secret or
// anything that a child would inherit (no_new_privs, limits, signal masks), and waits; the command
// is executed when the proxy is ready. Main thread.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/environment.h"

namespace wif::proxy {

// Why a command cannot be executed, and the exit code that a shell has for it: 127 there is none,
// 126 otherwise.
struct CommandError {
  int exit_code;
  std::string what;
};

// The file that a shell would execute for that name, looked up in the PATH of `environment` unless
// the name holds a slash.
Result<std::string, CommandError> find_program(const std::string& name,
                                               const config::Environment& environment);

class Child {
 public:
  // Forks. From then on `signals` are blocked here, for somebody to read them, and standard input
  // and output are the child's alone: a pipe ends when the command closes it. `file` is what
  // find_program() found for the first word of `command`.
  // Errors: kInternal.
  static Result<Child> fork(const std::string& file, const std::vector<std::string>& command,
                            const sigset_t& signals);
  Child(Child&& other) noexcept
      : id_(std::exchange(other.id_, -1)),
        go_(std::exchange(other.go_, -1)),
        failed_(std::exchange(other.failed_, -1)) {}
  Child& operator=(Child&&) = delete;
  // One that still waits ends without having done anything.
  ~Child();

  pid_t id() const { return id_; }
  // Executes the command with exactly this environment; returns when that is done or has failed.
  Result<void, CommandError> execute(const config::Environment& environment);

 private:
  Child(pid_t id, int go, int failed) : id_(id), go_(go), failed_(failed) {}
  pid_t id_;
  int go_;      // the environment goes in here
  int failed_;  // errno comes out here; closed by a successful exec
};

}  // namespace wif::proxy
