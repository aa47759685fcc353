// A network and a mount table of a test's own, so that it may redirect packets and write /etc/hosts
// without anybody else noticing.
#pragma once

#include <functional>
#include <string>

namespace wif::test {

// Runs `body` on a thread whose network has nothing but a loopback interface, with the programs and
// threads that it starts. What it throws fails the test. Returns "" or, when that is not possible
// here, the reason; then `body` did not run.
std::string run_apart(const std::function<void()>& body);

// For `body`: another /etc/hosts.
void replace_hosts_file(const std::string& file);

}  // namespace wif::test
