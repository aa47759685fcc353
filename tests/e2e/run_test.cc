// `wif-proxy run -- COMMAND`: the command behaves as if it had been started directly, but for the
// variables that lead it to the proxy and the credentials that it does not get.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "tests/support/run_command.h"
#include "tests/support/temporary_folder.h"

namespace wif::test {
namespace {

constexpr int kNotStarted = 125;

class Run : public testing::Test {
 protected:
  static void expect_has(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
  }
  static void expect_lacks(const std::string& text, const std::string& part) {
    EXPECT_EQ(text.find(part), std::string::npos) << part << " in: " << text;
  }
  std::string marker() const { return (behind.folder() / "marker").string(); }

  sandbox::Cloud cloud;
  RunCommand behind{cloud};
};

TEST_F(Run, CommandReachesGoogleWithoutACredential) {
  const Outcome outcome = behind({"curl", "-sS", std::string(kBigQuery) + "/datasets"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_has(outcome.out, "hoge_dataset");
  expect_has(outcome.err,
             "wif-proxy: source EC2 instance role · identity "
             "access-from-aws@foo-project.iam.gserviceaccount.com · proxy 127.0.0.1:");
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_EQ(behind.folders_left(), 0u);
}

TEST_F(Run, OutputBelongsToTheCommand) {
  const Outcome outcome = behind.flag("-q")({"sh", "-c", "echo out; echo err >&2"});
  EXPECT_EQ(outcome.out, "out\n");
  EXPECT_EQ(outcome.err, "err\n");
}

TEST_F(Run, InputBelongsToTheCommand) {
  std::vector<std::string> command = behind.flag("-q").line({"cat"});
  command.insert(command.begin(), {"sh", "-c", "echo hello | \"$@\"", "sh"});
  EXPECT_EQ(run(command, behind.environment()).out, "hello\n");
}

TEST_F(Run, ExitStatusIsTheCommands) {
  EXPECT_EQ(behind({"true"}).exit_code, 0);
  EXPECT_EQ(behind({"sh", "-c", "exit 7"}).exit_code, 7);
  EXPECT_EQ(behind({"sh", "-c", "kill -KILL $$"}).exit_code, 128 + SIGKILL);
  EXPECT_EQ(behind({"sh", "-c", "kill -TERM $$"}).exit_code, 128 + SIGTERM);
}

// As from a shell, so that scripts can tell a missing command from one that failed.
TEST_F(Run, CommandsThatCannotBeExecuted) {
  const Outcome missing = behind({"no-such-command"});
  EXPECT_EQ(missing.exit_code, 127);
  EXPECT_EQ(missing.err, "wif-proxy: no-such-command: command not found\n");
  EXPECT_EQ(behind({"/no/such/file"}).exit_code, 127);
  const std::string text = (behind.folder() / "text").string();
  write_file(text, "#!/no/such/interpreter\n");
  const Outcome closed = behind({text});
  EXPECT_EQ(closed.exit_code, 126);
  EXPECT_EQ(closed.err, "wif-proxy: " + text + ": Permission denied\n");
  EXPECT_EQ(behind({"/"}).exit_code, 126);
  std::filesystem::permissions(text, std::filesystem::perms::owner_all);
  EXPECT_EQ(behind({text}).exit_code, 126);
  EXPECT_EQ(cloud.world().issued_tokens().size(), 2u) << "only the last one made an exchange";
}

TEST_F(Run, ScriptWithoutAnInterpreterIsTheShells) {
  const std::string text = (behind.folder() / "text").string();
  write_file(text, "echo \"$0 $1\"\n");
  std::filesystem::permissions(text, std::filesystem::perms::owner_all);
  EXPECT_EQ(behind({text, "word"}).out, text + " word\n");
}

TEST_F(Run, MistakesOnTheCommandLineAre125) {
  const Outcome nothing = run({WIF_PROXY_BINARY, "run"});
  EXPECT_EQ(nothing.exit_code, kNotStarted);
  expect_has(nothing.err, "wif-proxy run -- COMMAND");
  const Outcome dashes = run({WIF_PROXY_BINARY, "run", "bq", "ls"});
  EXPECT_EQ(dashes.exit_code, kNotStarted);
  expect_has(dashes.err, "\"--\"");
  const Outcome flag = run({WIF_PROXY_BINARY, "run", "--credential", "x", "--", "true"});
  EXPECT_EQ(flag.exit_code, kNotStarted);
  expect_has(flag.err, "--credentials");
  const Outcome identity = run({WIF_PROXY_BINARY, "run", "--", "true"});
  EXPECT_EQ(identity.exit_code, kNotStarted);
  expect_has(identity.err, "no credentials");
  EXPECT_EQ(run({WIF_PROXY_BINARY, "run", "--help"}).exit_code, 0);
}

// The client's own error would be a puzzle ("Got 403 response from discovery url").
TEST_F(Run, RefusedTokenIsToldWithItsCureAndTheCommandNeverStarts) {
  cloud.metadata().set_instance_role("other-role");
  const Outcome outcome = behind({"touch", marker()});
  EXPECT_EQ(outcome.exit_code, kNotStarted);
  EXPECT_FALSE(std::filesystem::exists(marker()));
  expect_has(outcome.err, " ✗ impersonation");
  expect_has(outcome.err, "403");
  expect_has(outcome.err, "gcloud iam service-accounts add-iam-policy-binding");
  expect_has(outcome.err, "assumed-role/other-role");
  expect_lacks(outcome.err, "token_refresh");
  EXPECT_EQ(behind.folders_left(), 0u);
}

// An outage is waited out as a request would wait, then it is an error like any other.
TEST_F(Run, OutageIsWaitedOutForAWhile) {
  sandbox::Failure down;
  down.count = 0;
  cloud.failures().add("google_sts", down);
  const Outcome outcome = behind.flag("--token-wait", "1s")({"touch", marker()});
  EXPECT_EQ(outcome.exit_code, kNotStarted);
  expect_has(outcome.err, " ✗ Google STS");
  EXPECT_FALSE(std::filesystem::exists(marker()));
  cloud.failures().clear();
  sandbox::Failure once;
  once.count = 1;
  cloud.failures().add("google_sts", once);
  EXPECT_EQ(RunCommand(cloud)({"true"}).exit_code, 0);
}

// bq and others say next to nothing about a refusal, so the log has to.
TEST_F(Run, RefusedRequestsAreLogged) {
  const Outcome outcome = behind({"curl", "-s", "https://sts.googleapis.com/v1/token"});
  expect_has(outcome.err, "\"reason\":\"RULE_DENIED\"");
}

TEST_F(Run, CommandStartsWithoutATokenWhereWanted) {
  cloud.metadata().set_instance_role("other-role");
  EXPECT_EQ(behind.flag("--no-wait")({"touch", marker()}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(marker()));
}

// The file is about a proxy that others use: its ports may be taken, its CA folder is theirs.
TEST_F(Run, ConfigurationFileOfAServiceIsNoObstacle) {
  const std::string folder = (behind.folder() / "service").string();
  const std::string file = (behind.folder() / "config.json").string();
  write_file(file, R"({"version": 1, "listen": {"proxy": "127.0.0.1:1", "metadata": null,
      "admin": "127.0.0.1:1"}, "ca": {"state_dir": ")" +
                       folder + R"(/state", "export_dir": ")" + folder +
                       R"(/ca"}, "log": {"level": "trace"}})");
  const Outcome outcome = behind.flag("-c", file).flag("-q")({"sh", "-c", "echo $HTTPS_PROXY"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("http://127.0.0.1:")) << outcome.out;
  EXPECT_EQ(outcome.err, "");
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(Run, SignalsArePassedOn) {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGQUIT}) {
    SCOPED_TRACE(number);
    std::filesystem::remove(marker());
    const std::string trap = "trap 'exit 42' TERM INT HUP USR1 QUIT; touch " + marker() +
                             "; while :; do sleep 0.05; done";
    const pid_t process =
        spawn(behind.line({"sh", "-c", trap}), behind.environment(), "/dev/null", "/dev/null");
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(marker()); }));
    ::kill(process, number);
    EXPECT_EQ(wait_for_exit(process, std::chrono::seconds(30)), 42);
    EXPECT_EQ(behind.folders_left(), 0u);
  }
}

// Stopped from elsewhere, and continued through us.
TEST_F(Run, StoppedCommandIsContinued) {
  const pid_t process =
      spawn(behind.line({"sh", "-c", "echo $$ >" + marker() + "; kill -STOP $$; exit 5"}),
            behind.environment(), "/dev/null", "/dev/null");
  ASSERT_TRUE(eventually(
      [&] { return std::filesystem::exists(marker()) && !read_file(marker()).empty(); }));
  const std::string stat = "/proc/" + std::to_string(std::stoi(read_file(marker()))) + "/stat";
  ASSERT_TRUE(eventually([&] { return read_file(stat).find(") T ") != std::string::npos; }));
  ::kill(process, SIGCONT);
  EXPECT_EQ(wait_for_exit(process, std::chrono::seconds(30)), 5);
}

// Somebody who loses patience while the token is being fetched.
TEST_F(Run, SignalBeforeTheCommandStartsEndsIt) {
  sandbox::Failure hang;
  hang.kind = sandbox::Failure::Kind::kNoAnswer;
  hang.count = 0;
  cloud.failures().add("google_sts", hang);
  const pid_t process =
      spawn(behind.line({"touch", marker()}), behind.environment(), "/dev/null", "/dev/null");
  ASSERT_TRUE(eventually([&] { return behind.folders_left() > 0; }));
  ::kill(process, SIGTERM);
  EXPECT_EQ(wait_for_exit(process, std::chrono::seconds(30)), 128 + SIGTERM);
  EXPECT_FALSE(std::filesystem::exists(marker()));
  EXPECT_EQ(behind.folders_left(), 0u);
}

// kill -9, or a machine out of memory: nothing lives on without its proxy, and what lies around
// goes with the next run.
TEST_F(Run, KilledRunLeavesAFolderThatTheNextOneRemoves) {
  const pid_t process = spawn(behind.line({"sh", "-c", "echo $$ >" + marker() + "; sleep 600"}),
                              behind.environment(), "/dev/null", "/dev/null");
  ASSERT_TRUE(eventually(
      [&] { return std::filesystem::exists(marker()) && !read_file(marker()).empty(); }));
  const auto child = static_cast<pid_t>(std::stoi(read_file(marker())));
  ::kill(process, SIGKILL);
  EXPECT_EQ(wait_for_exit(process, std::chrono::seconds(30)), 128 + SIGKILL);
  EXPECT_TRUE(eventually([&] {
    const std::string status = "/proc/" + std::to_string(child) + "/stat";
    return !std::filesystem::exists(status) || read_file(status).find(") Z ") != std::string::npos;
  })) << "the command lives on";
  EXPECT_EQ(behind.folders_left(), 1u);
  EXPECT_EQ(behind({"true"}).exit_code, 0);
  EXPECT_EQ(behind.folders_left(), 0u);
}

// The folder of a run that lives is not taken for one that was left behind.
TEST_F(Run, TwoAtOnceLeaveEachOtherAlone) {
  const Outcome outcome =
      behind({"sh", "-c", "\"$@\" && test -f \"$CURL_CA_BUNDLE\" && echo still-there", "sh",
              behind.script(), "true"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_has(outcome.out, "still-there");
}

// The C library keeps signals 32 and 33 to itself; spawning a process from one that runs threads
// leaves them ignored or not, whoever does it.
std::string without_internal_signals(const std::string& status) {
  constexpr unsigned long long kInternal = 3ull << 31;
  const std::string name = "SigIgn:\t";
  const std::size_t at = status.find(name);
  if (at == std::string::npos) return status;
  const std::size_t digits = at + name.size();
  const std::size_t end = status.find('\n', digits);
  const auto mask = std::stoull(status.substr(digits, end - digits), nullptr, 16) & ~kInternal;
  return status.substr(0, digits) + std::to_string(mask) + status.substr(end);
}

// What our own process gives up or raises for itself is nothing to the command.
TEST_F(Run, CommandInheritsWhatItWouldWithoutUs) {
  const std::vector<std::string> look = {
      "sh", "-c",
      "grep -E '^(Sig(Blk|Ign|Cgt)|NoNewPrivs)' /proc/self/status; cat /proc/self/limits; "
      "umask; pwd; ls /proc/self/fd"};
  const Outcome directly = run(look);
  const Outcome through = behind.flag("-q")(look);
  expect_has(directly.out, "SigIgn:");
  EXPECT_EQ(without_internal_signals(through.out), without_internal_signals(directly.out));
}

}  // namespace
}  // namespace wif::test
