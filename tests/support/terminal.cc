#include "tests/support/terminal.h"

#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

namespace wif::test {
namespace {

constexpr std::chrono::seconds kLimit{30};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

Terminal::Terminal(const std::vector<std::string>& command, const Environment& variables) {
  Environment environment = clean_environment();
  for (const auto& [name, value] : variables) environment[name] = value;
  std::vector<std::string> assignments;
  for (const auto& [name, value] : environment) assignments.push_back(name + "=" + value);
  std::vector<std::string> words = command;
  const auto word_list = pointers(words);
  const auto assignment_list = pointers(assignments);
  winsize size{};
  size.ws_col = 200;
  size.ws_row = 50;
  process_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
  if (process_ == 0) {
    // As a log-in would, whoever started the test and how.
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGPIPE, SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGTSTP}) {
      ::signal(number, SIG_DFL);
    }
    ::execvpe(word_list[0], word_list.data(), assignment_list.data());
    ::_exit(127);
  }
  if (process_ < 0) throw std::runtime_error(std::string("forkpty: ") + std::strerror(errno));
}

// The end of the terminal hangs up on whatever is left.
Terminal::~Terminal() {
  ::close(terminal_);
  if (process_ > 0 && wait_for_exit(process_, std::chrono::seconds(5)) < 0) {
    ::kill(process_, SIGKILL);
    wait_for_exit(process_, kLimit);
  }
}

void Terminal::type(const std::string& keys) {
  if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
    throw std::runtime_error(std::string("typing: ") + std::strerror(errno));
  }
}

bool Terminal::shows(const std::string& text) {
  const auto end = std::chrono::steady_clock::now() + kLimit;
  for (;;) {
    const auto found = screen_.find(text, looked_at_);
    if (found != std::string::npos) {
      looked_at_ = found + text.size();
      return true;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd wanted{terminal_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) return false;
    std::array<char, 4096> piece{};
    const ssize_t got = ::read(terminal_, piece.data(), piece.size());
    if (got <= 0) return false;
    screen_.append(piece.data(), static_cast<std::size_t>(got));
  }
}

int Terminal::wait() {
  const int code = wait_for_exit(process_, kLimit);
  if (code >= 0) process_ = -1;
  return code;
}

}  // namespace wif::test
