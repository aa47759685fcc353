#include "proxy/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "proxy/commands.h"

namespace wif::proxy {
namespace {

// In front of the environment: without it the parent has given up.
constexpr char kGo = '!';
constexpr std::string_view kUsualPath = "/usr/local/bin:/usr/bin:/bin";

std::string read_all(int descriptor) {
  std::string content;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t got = ::read(descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(got));
  }
}

void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::write(descriptor, bytes.data(), bytes.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// 0, or errno: why a file cannot be executed, as far as can be told without trying.
int why_not_executable(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  return ::eaccess(file.c_str(), X_OK) == 0 ? 0 : errno;
}

CommandError command_error(const std::string& name, int number) {
  const bool missing = number == ENOENT || number == ENOTDIR;
  if (missing && name.find('/') == std::string::npos) {
    return {kExitNoCommand, name + ": command not found"};
  }
  return {missing ? kExitNoCommand : kExitNotExecutable, name + ": " + std::strerror(number)};
}

// What the forked process does.
class Waiting {
 public:
  Waiting(const std::string& file, const std::vector<std::string>& command) : file_(file) {
    for (const std::string& word : command) words_.push_back(const_cast<char*>(word.c_str()));
    words_.push_back(nullptr);
  }

  // Never returns.
  void run(pid_t parent, int go, int failed) {
    // Without its proxy a client can do nothing, so it does not outlive one that was killed.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(kExitNotStarted);
    // While it waits its environment still holds what it must not have; exec lifts this.
    ::prctl(PR_SET_DUMPABLE, 0);
    std::string environment = read_all(go);
    if (environment.empty() || environment.front() != kGo) ::_exit(kExitNotStarted);
    std::vector<char*> variables;
    for (std::size_t at = 1; at < environment.size(); at = environment.find('\0', at) + 1) {
      variables.push_back(environment.data() + at);
    }
    variables.push_back(nullptr);
    ::execve(file_.c_str(), words_.data(), variables.data());
    int number = errno;
    if (number == ENOEXEC) {  // a script without a first line that names its interpreter
      words_.insert(words_.begin() + 1, const_cast<char*>(file_.c_str()));
      words_.front() = const_cast<char*>("sh");
      ::execve("/bin/sh", words_.data(), variables.data());
    }
    write_all(failed, {reinterpret_cast<const char*>(&number), sizeof(number)});
    ::_exit(kExitNotExecutable);
  }

 private:
  const std::string& file_;
  std::vector<char*> words_;
};

// A copy of the other end of a pipe would keep it open after the command has closed it.
void leave_descriptors_to_child(int first_kept, int second_kept) {
  const auto low = static_cast<unsigned>(std::min(first_kept, second_kept));
  const auto high = static_cast<unsigned>(std::max(first_kept, second_kept));
  if (low > 3) ::close_range(3, low - 1, 0);
  if (high > low + 1) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, ~0u, 0);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return;
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::close(nothing);
}

}  // namespace

Result<std::string, CommandError> find_program(const std::string& name,
                                               const config::Environment& environment) {
  if (name.find('/') != std::string::npos) {
    const int why = why_not_executable(name);
    if (why != 0) return command_error(name, why);
    return name;
  }
  std::string_view path = config::variable(environment, "PATH");
  if (path.empty()) path = kUsualPath;
  int number = ENOENT;
  for (const std::string_view folder : split(path, ':')) {
    const std::string file = (folder.empty() ? "." : std::string(folder)) + "/" + name;
    const int why = why_not_executable(file);
    if (why == 0) return file;
    if (why == EACCES) number = EACCES;  // as a shell: another folder may still have it
  }
  return command_error(name, name.empty() ? ENOENT : number);
}

Result<Child> Child::fork(const std::string& file, const std::vector<std::string>& command,
                          const sigset_t& signals) {
  std::array<int, 2> go{};
  std::array<int, 2> failed{};
  if (::pipe2(go.data(), O_CLOEXEC) != 0 || ::pipe2(failed.data(), O_CLOEXEC) != 0) {
    return Error(Reason::kInternal, std::string("pipe: ") + std::strerror(errno));
  }
  Waiting waiting(file, command);
  const pid_t parent = ::getpid();
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &signals, &before);
  const pid_t id = ::fork();
  if (id == 0) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::close(go[1]);
    ::close(failed[0]);
    waiting.run(parent, go[0], failed[1]);
  }
  if (id < 0) return Error(Reason::kInternal, std::string("fork: ") + std::strerror(errno));
  ::close(go[0]);
  ::close(failed[1]);
  leave_descriptors_to_child(go[1], failed[0]);
  return Child(id, go[1], failed[0]);
}

Child::~Child() {
  if (failed_ >= 0) ::close(failed_);
  if (go_ < 0) return;
  ::close(go_);
  ::waitpid(id_, nullptr, 0);
}

Result<void, CommandError> Child::execute(const config::Environment& environment) {
  std::string text(1, kGo);
  for (const auto& [name, value] : environment) {
    text.append(name).append("=").append(value).append(1, '\0');
  }
  write_all(go_, text);
  ::close(std::exchange(go_, -1));
  const std::string answer = read_all(failed_);
  if (answer.size() != sizeof(int)) return {};
  int number = 0;
  std::memcpy(&number, answer.data(), sizeof(number));
  // The file was found before, so what is missing is its interpreter.
  return CommandError{kExitNotExecutable,
                      std::string("the command cannot be executed: ") + std::strerror(number)};
}

}  // namespace wif::proxy
