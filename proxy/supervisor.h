// What `run` does about signals and its child's states, so that the two behave like one command: a
// signal for us is passed on, a child that is stopped by the terminal stops us, and its end is ours
// . Lives on the control thread, which has the signals blocked.
//
// The child shares our process group, as it would without us: a pipeline on a terminal keeps
// working, and the terminal's own signals (Ctrl-C, Ctrl-Z, a new size) reach the child without us.
#pragma once

#include <sys/signalfd.h>
#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <csignal>
#include <functional>
#include <optional>

#include "base/task.h"

namespace wif::proxy {

class Supervisor {
 public:
  // To be blocked in every thread; Child::fork() does.
  static sigset_t signals();

  // `on_end` gets the child's exit code (128 + number of the signal that ended it), or, before the
  // child was executed, that of a signal which tells us to end.
  Supervisor(asio::io_context& loop, pid_t child, std::function<void(int exit_code)> on_end);

  // Until the child has ended or close() is called. This object must outlive the coroutine.
  Task<void> run();
  void close() { descriptor_.close(); }
  // From now on signals are the child's.
  void child_executes() { executing_ = true; }

 private:
  void handle(const signalfd_siginfo& info);
  void look_at_children();
  void pass_on(const signalfd_siginfo& info);
  void end(int exit_code);
  void stop_like_child(int signal);

  pid_t child_;
  std::function<void(int)> on_end_;
  asio::posix::basic_stream_descriptor<Executor> descriptor_;
  bool executing_ = false;
  bool stopped_ = false;  // the child, as it was last heard of
  bool ended_ = false;
};

}  // namespace wif::proxy
