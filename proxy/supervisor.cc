#include "proxy/supervisor.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <utility>

namespace wif::proxy {
namespace {

// Those that somebody may send to a command on purpose, or a terminal does. Not SIGPIPE, and not
// those that a fault in our own code raises.
constexpr std::array kSignals{SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,  SIGUSR2, SIGALRM,
                              SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH, SIGCHLD, SIGPWR};

bool ends_us(int signal) {
  return signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM;
}

bool is_terminal_stop(int signal) {
  return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

}  // namespace

sigset_t Supervisor::signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : kSignals) ::sigaddset(&set, signal);
  return set;
}

Supervisor::Supervisor(asio::io_context& loop, pid_t child, std::function<void(int)> on_end)
    : child_(child), on_end_(std::move(on_end)), descriptor_(loop.get_executor()) {
  const sigset_t set = signals();
  descriptor_.assign(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

Task<void> Supervisor::run() {
  // The child may have ended before anybody listened.
  look_at_children();
  while (!ended_) {
    signalfd_siginfo info{};
    const auto [failure, size] =
        co_await completion<boost::system::error_code, std::size_t>([&](auto handler) {
          descriptor_.async_read_some(asio::buffer(&info, sizeof(info)), std::move(handler));
        });
    if (failure || size != sizeof(info)) co_return;
    handle(info);
  }
}

void Supervisor::handle(const signalfd_siginfo& info) {
  if (info.ssi_signo == SIGCHLD) {
    look_at_children();
  } else {
    pass_on(info);
  }
}

// Also reaps processes that were handed to us because we are PID 1.
void Supervisor::look_at_children() {
  int status = 0;
  for (;;) {
    const pid_t id = ::waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED);
    if (id <= 0) return;
    if (id != child_) continue;
    stopped_ = WIFSTOPPED(status);
    if (WIFEXITED(status)) end(WEXITSTATUS(status));
    if (WIFSIGNALED(status)) end(128 + WTERMSIG(status));
    if (WIFSTOPPED(status) && is_terminal_stop(WSTOPSIG(status))) {
      stop_like_child(WSTOPSIG(status));
    }
  }
}

void Supervisor::pass_on(const signalfd_siginfo& info) {
  const auto signal = static_cast<int>(info.ssi_signo);
  if (!executing_ && ends_us(signal)) {
    end(128 + signal);
    return;
  }
  if (signal == SIGCONT) {
    // `fg` continues the whole group. Once more could undo a Ctrl-Z that was typed since.
    look_at_children();
    if (!stopped_) return;
  }
  // A signal of the terminal goes to the whole foreground group, so the child has it already unless
  // it has moved to another group. One that the child sent is its own affair.
  const bool from_terminal = info.ssi_code > 0;
  const bool child_has_it = from_terminal && ::getpgid(child_) == ::getpgrp();
  const bool from_child = !from_terminal && static_cast<pid_t>(info.ssi_pid) == child_;
  if (!child_has_it && !from_child) ::kill(child_, signal);
}

// The shell that started us sees its job stopped, takes the terminal back, and continues the whole
// group on `fg`. Where nobody could continue us (an orphaned group, PID 1) the kernel ignores this.
void Supervisor::stop_like_child(int signal) {
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::kill(::getpid(), signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);  // stops here until SIGCONT
  ::pthread_sigmask(SIG_BLOCK, &only, nullptr);
}

void Supervisor::end(int exit_code) {
  if (std::exchange(ended_, true)) return;
  on_end_(exit_code);
}

}  // namespace wif::proxy
