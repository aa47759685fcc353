#include "tests/support/run_command.h"

#include <gtest/gtest.h>

#include <iterator>

#include "tests/support/secrets.h"
#include "tests/support/temporary_folder.h"

namespace wif::test {
namespace {

// Of the slowest real client under a sanitizer.
constexpr std::chrono::seconds kLimit{110};

std::string quoted(const std::string& word) { return "'" + word + "'"; }

}  // namespace

RunCommand::RunCommand(sandbox::Cloud& cloud) : cloud_(cloud), proxy_(cloud) {
  proxy_.ec2();
  // What `run` chooses by itself.
  for (const char* name : {"--listen", "--listen-metadata", "--listen-admin", "--ca-export-dir",
                           "--log-format", "--log-level", "--drain-max"}) {
    proxy_.without_flag(name);
  }
  std::filesystem::create_directories(temporary());
  environment("TMPDIR", temporary().string());
}

RunCommand& RunCommand::flag(const std::string& name, const std::string& value) {
  proxy_.flag(name, value);
  return *this;
}

RunCommand& RunCommand::environment(const std::string& name, const std::string& value) {
  proxy_.environment(name, value);
  return *this;
}

std::vector<std::string> RunCommand::line(const std::vector<std::string>& command) const {
  std::vector<std::string> words = proxy_.arguments();
  words.insert(words.begin(), {WIF_PROXY_BINARY, "run"});
  words.emplace_back("--");
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

Environment RunCommand::environment() const { return proxy_.environment(); }

std::string RunCommand::script() const {
  std::string text = "#!/bin/sh\nexec";
  for (const std::string& word : line({})) text += " " + quoted(word);
  const std::string file = (folder() / "behind").string();
  write_file(file, text + " \"$@\"\n");
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file;
}

std::filesystem::path RunCommand::temporary() const { return folder() / "tmp"; }

std::size_t RunCommand::folders_left() const {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(temporary()), {}));
}

Outcome RunCommand::operator()(const std::vector<std::string>& command) const {
  Outcome outcome = run(line(command), environment(), kLimit);
  EXPECT_EQ(find_secret(cloud_, {}, outcome.out + outcome.err), "");
  return outcome;
}

}  // namespace wif::test
