// `run` where it has little: as PID 1, and as a user without rights, a home, or anything installed.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/run_command.h"
#include "tests/support/temporary_folder.h"

namespace wif::test {
namespace {

class RunPlaces : public testing::Test {
 protected:
  std::vector<std::string> as_pid_1(const std::vector<std::string>& command) {
    std::vector<std::string> words = behind.line(command);
    words.insert(words.begin(), {"unshare", "--pid", "--fork", "--mount-proc", "--kill-child"});
    return words;
  }
  static bool may_unshare() {
    return is_installed("unshare") &&
           run({"unshare", "--pid", "--fork", "--mount-proc", "true"}).exit_code == 0;
  }
  static pid_t only_child_of(pid_t process) {
    const std::string id = std::to_string(process);
    const std::string children = read_file("/proc/" + id + "/task/" + id + "/children");
    return children.empty() ? -1 : static_cast<pid_t>(std::stoi(children));
  }

  sandbox::Cloud cloud;
  RunCommand behind{cloud};
};

// The processes that a command leaves behind are ours then; nobody else would reap them.
TEST_F(RunPlaces, ReapsOrphansAsPid1) {
  if (!may_unshare()) GTEST_SKIP() << "no PID namespace may be made here";
  // The orphan ends while the command runs on; then no zombie may be left.
  const Outcome outcome =
      run(as_pid_1({"sh", "-c",
                    "sh -c 'sleep 0.2 & echo $! >" + (behind.folder() / "orphan").string() +
                        "'; n=0; while [ -d /proc/$(cat " + (behind.folder() / "orphan").string() +
                        ") ] && [ $n -lt 600 ]; do sleep 0.05; n=$((n+1)); done; "
                        "echo waited; cat /proc/[0-9]*/stat | grep -c ') Z ' ; exit 3"}),
          behind.environment());
  EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
  EXPECT_EQ(outcome.out, "waited\n0\n");
}

TEST_F(RunPlaces, PassesSignalsOnAsPid1) {
  if (!may_unshare()) GTEST_SKIP() << "no PID namespace may be made here";
  const std::string marker = (behind.folder() / "marker").string();
  const pid_t process =
      spawn(as_pid_1({"sh", "-c",
                      "trap 'exit 42' TERM; touch " + marker + "; while :; do sleep 0.05; done"}),
            behind.environment(), "/dev/null", "/dev/null");
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(marker); }));
  ::kill(only_child_of(process), SIGTERM);
  EXPECT_EQ(wait_for_exit(process, std::chrono::seconds(30)), 42);
}

class RunAsNobody : public RunPlaces {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
    if (!is_installed("setpriv")) GTEST_SKIP() << "setpriv is not installed";
    // Everything that it reads lies where anybody may read.
    std::filesystem::permissions(behind.folder(), std::filesystem::perms(0755));
    std::filesystem::permissions(behind.temporary(), std::filesystem::perms(01777));
    for (std::size_t i = 0; i < 2; ++i) copies[i] = (behind.folder() / names[i]).string();
    std::filesystem::copy_file(WIF_PROXY_BINARY, copies[0]);
    std::filesystem::copy_file(credential_file("ec2-imdsv1"), copies[1]);
  }
  Outcome as_nobody(const std::vector<std::string>& command) {
    std::vector<std::string> words = behind.line(command);
    words[0] = copies[0];
    for (std::string& word : words) {
      if (word == credential_file("ec2-imdsv1")) word = copies[1];
    }
    words.insert(words.begin(), {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                 "--inh-caps=-all", "--bounding-set=-all"});
    Environment environment = behind.environment();
    environment["HOME"] = "/nonexistent";
    return run(words, environment);
  }

  const char* names[2] = {"wif-proxy", "credential.json"};
  std::string copies[2];
};

TEST_F(RunAsNobody, Works) {
  const Outcome outcome = as_nobody({"curl", "-sS", std::string(kBigQuery) + "/datasets"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("hoge_dataset"), std::string::npos) << outcome.out;
  EXPECT_EQ(behind.folders_left(), 0u);
}

// The command is a process of the same user, and its parent holds the token.
TEST_F(RunAsNobody, CommandCannotLookIntoTheProxy) {
  behind.environment("WIF_PROXY_AWS_SOURCE", "imds")
      .environment("AWS_SECRET_ACCESS_KEY", "planted");
  const Outcome outcome =
      as_nobody({"sh", "-c", "for f in mem environ maps fd/0; do cat /proc/$PPID/$f; done"});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "");
  for (const char* name : {"mem", "environ", "maps", "fd/0"}) {
    EXPECT_NE(outcome.err.find(std::string(name) + ": Permission denied"), std::string::npos)
        << outcome.err;
  }
  // Its own environment is open to it as ever, and holds nothing.
  EXPECT_EQ(as_nobody({"grep", "-c", "planted", "/proc/self/environ"}).out, "0\n");
}

}  // namespace
}  // namespace wif::test
