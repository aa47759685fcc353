// A program on a terminal of its own, and somebody who types.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/command.h"

namespace wif::test {

class Terminal {
 public:
  // Starts the program as leader of a session on a new terminal.
  Terminal(const std::vector<std::string>& command, const Environment& variables);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& keys);
  void type_line(const std::string& line) { type(line + "\n"); }
  // Reads until `text` has been shown since the last call that found something; false when it is
  // not within half a minute.
  bool shows(const std::string& text);
  // Everything since the start.
  const std::string& screen() const { return screen_; }
  // Exit code of the program, after it has ended.
  int wait();

 private:
  pid_t process_ = -1;
  int terminal_ = -1;
  std::string screen_;
  std::size_t looked_at_ = 0;
};

inline constexpr const char* kCtrlC = "\x03";
inline constexpr const char* kCtrlD = "\x04";
inline constexpr const char* kCtrlZ = "\x1a";

}  // namespace wif::test
