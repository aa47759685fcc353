// `run` in front of somebody who types: what works on a terminal without it works with it.
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/run_command.h"
#include "tests/support/terminal.h"

namespace wif::test {
namespace {

class RunTerminal : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_installed("bash")) GTEST_SKIP() << "bash is not installed";
    behind.flag("-q");
    Environment environment = behind.environment();
    environment["PS1"] = "prompt> ";
    environment["TERM"] = "dumb";
    environment["B"] = behind.script();
    shell.emplace(std::vector<std::string>{"bash", "--norc", "--noprofile", "--noediting", "-i"},
                  environment);
    ASSERT_TRUE(shell->shows("prompt> ")) << shell->screen();
  }
  // What is typed is echoed, so the words that the tests wait for are typed in two halves.
  void expect_status(int status) {
    shell->type_line("echo sta''tus=$?");
    EXPECT_TRUE(shell->shows("status=" + std::to_string(status) + "\r\n")) << shell->screen();
  }

  sandbox::Cloud cloud;
  RunCommand behind{cloud};
  std::optional<Terminal> shell;
};

TEST_F(RunTerminal, CtrlCEndsTheCommand) {
  shell->type_line("$B sh -c 'echo rea''dy; exec sleep 600'");
  ASSERT_TRUE(shell->shows("ready\r\n")) << shell->screen();
  shell->type(kCtrlC);
  ASSERT_TRUE(shell->shows("prompt> ")) << shell->screen();
  expect_status(130);
  EXPECT_EQ(behind.folders_left(), 0u);
}

// A second interrupt makes many programs give up without cleaning up behind them.
TEST_F(RunTerminal, CtrlCReachesTheCommandOnce) {
  shell->type_line(
      "$B sh -c 'n=0; trap \"n=\\$((n+1))\" INT; echo rea''dy; "
      "while [ $n = 0 ]; do sleep 0.05; done; sleep 0.5; echo interr''upts=$n; exit 42'");
  ASSERT_TRUE(shell->shows("ready\r\n")) << shell->screen();
  shell->type(kCtrlC);
  EXPECT_TRUE(shell->shows("interrupts=1\r\n")) << shell->screen();
  expect_status(42);
}

// The job is a bash: a trap that comes just before dash's `read` waits for a line, and a Ctrl-Z
// while dash starts a program stops that program only, with dash itself waiting for it (vfork).
TEST_F(RunTerminal, CtrlZStopsTheJobAndFgContinuesIt) {
  shell->type_line(
      "$B bash -c 'trap \"echo contin''ued\" CONT; echo rea''dy; while :; do sleep 0.05; done'");
  ASSERT_TRUE(shell->shows("ready\r\n")) << shell->screen();
  for (int i = 0; i < 3; ++i) {
    shell->type(kCtrlZ);
    ASSERT_TRUE(shell->shows("Stopped")) << shell->screen();
    ASSERT_TRUE(shell->shows("prompt> ")) << shell->screen();
    expect_status(148);
    shell->type_line("fg");
    ASSERT_TRUE(shell->shows("continued\r\n")) << shell->screen();
  }
  shell->type(kCtrlC);
  ASSERT_TRUE(shell->shows("prompt> ")) << shell->screen();
  expect_status(130);
}

// The proxy is at work again after `fg`, too.
TEST_F(RunTerminal, ProxyServesAfterAStop) {
  shell->type_line(
      "$B sh -c 'echo rea''dy; read line; curl -s -o /dev/null -w \"cu''rl=%{http_code}"
      "\\n\" https://echo.googleapis.com/'");
  ASSERT_TRUE(shell->shows("ready\r\n")) << shell->screen();
  shell->type(kCtrlZ);
  ASSERT_TRUE(shell->shows("Stopped")) << shell->screen();
  shell->type_line("fg");
  ASSERT_TRUE(shell->shows("read line")) << shell->screen();
  shell->type_line("");
  EXPECT_TRUE(shell->shows("curl=200\r\n")) << shell->screen();
  expect_status(0);
}

// In the background it stops as soon as it wants to read, like every job.
TEST_F(RunTerminal, BackgroundJobStopsAtTheTerminalAndComesBack) {
  shell->type_line("$B sh -c 'read line; echo \"g''ot=$line\"' &");
  ASSERT_TRUE(shell->shows("prompt> ")) << shell->screen();
  shell->type_line("until jobs | grep Stop''ped; do sleep 0.1; done");
  ASSERT_TRUE(shell->shows("Stopped")) << shell->screen();
  shell->type_line("fg");
  ASSERT_TRUE(shell->shows("read line")) << shell->screen();
  shell->type_line("hello");
  EXPECT_TRUE(shell->shows("got=hello\r\n")) << shell->screen();
  expect_status(0);
}

TEST_F(RunTerminal, CommandHasTheTerminal) {
  shell->type_line(
      "$B sh -c 'test -t 0 && test -t 1 && test -t 2 && echo terminal''=$(stty size)'");
  EXPECT_TRUE(shell->shows("terminal=50 200\r\n")) << shell->screen();
  shell->type_line("$B sh -c 'echo a; echo b' | wc -l | sed 's/^/li''nes=/'");
  EXPECT_TRUE(shell->shows("lines=2\r\n")) << shell->screen();
}

// A shell takes the terminal for a group of its own and gives it back. It shows the command before
// it hands the terminal over, so Ctrl-C waits for the job's own word that it runs again.
TEST_F(RunTerminal, InteractiveShellInside) {
  shell->type_line("PS1='inn''er> ' $B bash --norc --noprofile --noediting -i");
  ASSERT_TRUE(shell->shows("inner> ")) << shell->screen();
  shell->type_line(
      "bash -c 'trap \"echo contin''ued\" CONT; echo run''ning; while :; do sleep 0.05; done'");
  ASSERT_TRUE(shell->shows("running\r\n")) << shell->screen();
  shell->type(kCtrlZ);
  ASSERT_TRUE(shell->shows("Stopped")) << shell->screen();
  ASSERT_TRUE(shell->shows("inner> ")) << shell->screen();
  shell->type_line("fg");
  ASSERT_TRUE(shell->shows("continued\r\n")) << shell->screen();
  shell->type(kCtrlC);
  ASSERT_TRUE(shell->shows("inner> ")) << shell->screen();
  shell->type_line("exit 9");
  ASSERT_TRUE(shell->shows("prompt> ")) << shell->screen();
  expect_status(9);
}

TEST_F(RunTerminal, BqShell) {
  if (!is_installed("bq")) GTEST_SKIP() << "bq is not installed";
  shell->type_line("$B bq --project_id=foo-project shell");
  ASSERT_TRUE(shell->shows("foo-project> ")) << shell->screen();
  shell->type_line("ls");
  EXPECT_TRUE(shell->shows("hoge_dataset")) << shell->screen();
  ASSERT_TRUE(shell->shows("foo-project> ")) << shell->screen();
  shell->type(kCtrlC);
  shell->type_line("quit");
  ASSERT_TRUE(shell->shows("prompt> ")) << shell->screen();
}

}  // namespace
}  // namespace wif::test
