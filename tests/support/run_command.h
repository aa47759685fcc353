// `wif-proxy run -- COMMAND` in front of a sandbox cloud.
//
//   sandbox::Cloud cloud;
//   RunCommand run(cloud);
//   EXPECT_EQ(run({"curl", "-sf", "https://echo.googleapis.com/"}).exit_code, 0);
#pragma once

#include <string>
#include <vector>

#include "tests/support/test_proxy.h"

namespace wif::test {

class RunCommand {
 public:
  // On an EC2 instance with the role that is allowed; `cloud` outlives this object.
  explicit RunCommand(sandbox::Cloud& cloud);

  RunCommand& flag(const std::string& name, const std::string& value = "");
  RunCommand& environment(const std::string& name, const std::string& value);

  // The whole command line, for tests that start it themselves.
  std::vector<std::string> line(const std::vector<std::string>& command) const;
  Environment environment() const;
  // A script that runs its arguments behind the proxy, for tests that type.
  std::string script() const;
  // Where its temporary folders are: none is left when no `run` lives.
  std::filesystem::path temporary() const;
  std::size_t folders_left() const;
  std::filesystem::path folder() const { return proxy_.folder(); }

  // Runs it to its end. Nothing that it prints may hold a secret of the cloud.
  Outcome operator()(const std::vector<std::string>& command) const;

 private:
  sandbox::Cloud& cloud_;
  TestProxy proxy_;
};

}  // namespace wif::test
