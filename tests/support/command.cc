#include "tests/support/command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/support/temporary_folder.h"

namespace wif::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  void open(int descriptor, const std::string& file, int flags) {
    ::posix_spawn_file_actions_addopen(&actions_, descriptor, file.c_str(), flags, 0600);
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// Signals as a shell would hand them on, whatever this process has done to them.
class Attributes {
 public:
  Attributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t to_default;
    sigemptyset(&none);
    sigemptyset(&to_default);
    sigaddset(&to_default, SIGPIPE);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &to_default);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

}  // namespace

Environment clean_environment() {
  Environment environment{{"LC_ALL", "C.UTF-8"}};
  for (const char* name : {"PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) environment[name] = value;
  }
  return environment;
}

pid_t spawn(const std::vector<std::string>& command, const Environment& variables,
            const std::string& out_file, const std::string& err_file) {
  Environment environment = clean_environment();
  for (const auto& [name, value] : variables) environment[name] = value;
  std::vector<std::string> assignments;
  for (const auto& [name, value] : environment) assignments.push_back(name + "=" + value);
  std::vector<std::string> words = command;
  FileActions actions;
  actions.open(0, "/dev/null", O_RDONLY);
  actions.open(1, out_file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  actions.open(2, err_file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  const Attributes attributes;
  pid_t process = -1;
  const int failure =
      ::posix_spawnp(&process, words.front().c_str(), actions.get(), attributes.get(),
                     pointers(words).data(), pointers(assignments).data());
  if (failure != 0) {
    throw std::runtime_error("cannot run " + words.front() + ": " + std::strerror(failure));
  }
  return process;
}

int wait_for_exit(pid_t process, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    int status = 0;
    if (::waitpid(process, &status, WNOHANG) == process) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (std::chrono::steady_clock::now() >= end) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

Outcome run(const std::vector<std::string>& command, const Environment& variables,
            std::chrono::seconds limit) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "out").string();
  const std::string err = (folder.path() / "err").string();
  const pid_t process = spawn(command, variables, out, err);
  Outcome outcome;
  outcome.exit_code = wait_for_exit(process, limit);
  if (outcome.exit_code < 0) {
    ::kill(process, SIGKILL);
    wait_for_exit(process, std::chrono::seconds(10));
  }
  outcome.out = read_file(out);
  outcome.err = read_file(err);
  if (outcome.exit_code < 0) {
    throw std::runtime_error(command.front() + " did not end; it said: " + outcome.out +
                             outcome.err);
  }
  return outcome;
}

bool is_installed(const std::string& program) {
  std::istringstream path(clean_environment()["PATH"]);
  for (std::string folder; std::getline(path, folder, ':');) {
    std::error_code unreadable;
    if (std::filesystem::exists(std::filesystem::path(folder) / program, unreadable)) return true;
  }
  return false;
}

}  // namespace wif::test
