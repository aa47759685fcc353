#include "tests/support/apart.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <thread>

#include "tests/support/command.h"

namespace wif::test {
namespace {

// For the calling thread only.
std::string leave() {
  if (::geteuid() != 0) return "a network namespace needs root";
  if (!is_installed("ip")) return "ip (iproute2) is not installed";
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
    return std::string("no new namespace: ") + std::strerror(errno);
  }
  // Or mounts would be seen outside.
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return std::string("no mount table of its own: ") + std::strerror(errno);
  }
  const Outcome up = run({"ip", "link", "set", "lo", "up"});
  return up.exit_code == 0 ? "" : "no loopback interface: " + up.err;
}

}  // namespace

std::string run_apart(const std::function<void()>& body) {
  std::string reason;
  std::thread apart([&] {
    reason = leave();
    if (!reason.empty()) return;
    try {
      body();
    } catch (const std::exception& failure) {
      ADD_FAILURE() << failure.what();
    }
  });
  apart.join();
  return reason;
}

void replace_hosts_file(const std::string& file) {
  if (::mount(file.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) != 0) {
    throw std::runtime_error(std::string("cannot replace /etc/hosts: ") + std::strerror(errno));
  }
}

}  // namespace wif::test
