// The real environment and real files.
#include "auth/environment.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "fakes.h"

namespace wif::auth {
namespace {

class ProcessEnvironmentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "wif-auth-XXXXXX";
    folder = ::mkdtemp(pattern.data());
  }
  void TearDown() override {
    ::unlink((folder + "/file").c_str());
    ::unlink((folder + "/fifo").c_str());
    ::rmdir(folder.c_str());
  }
  void write(const std::string& content) { std::ofstream(folder + "/file") << content; }

  ProcessEnvironment environment;
  std::string folder;
};

TEST_F(ProcessEnvironmentTest, EmptyVariablesCountAsUnset) {
  ::setenv("WIF_AUTH_TEST", "", 1);
  EXPECT_EQ(environment.get("WIF_AUTH_TEST"), "");
  ::setenv("WIF_AUTH_TEST", "x", 1);
  EXPECT_EQ(environment.get("WIF_AUTH_TEST"), "x");
  ::unsetenv("WIF_AUTH_TEST");
}

TEST_F(ProcessEnvironmentTest, ReadsWholeFilesUpToALimit) {
  write("12345");
  EXPECT_EQ(*environment.read_file(folder + "/file", 5), "12345");
  const auto large = environment.read_file(folder + "/file", 4);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().number, 0);
}

TEST_F(ProcessEnvironmentTest, NamesThePathAndTheReason) {
  const auto file = environment.read_file(folder + "/missing", 10);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().number, ENOENT);
  EXPECT_EQ(file.error().what, folder + "/missing: No such file or directory");
}

TEST_F(ProcessEnvironmentTest, AFifoDoesNotStopTheThread) {
  ASSERT_EQ(::mkfifo((folder + "/fifo").c_str(), 0600), 0);
  EXPECT_FALSE(environment.read_file(folder + "/fifo", 10));
  EXPECT_FALSE(environment.read_file(folder, 10));
}

TEST_F(ProcessEnvironmentTest, StampTellsVersionsApart) {
  EXPECT_FALSE(environment.stamp(folder + "/file"));
  write("a");
  const auto first = environment.stamp(folder + "/file");
  ASSERT_TRUE(first);
  EXPECT_EQ(environment.stamp(folder + "/file"), first);
  write("ab");
  EXPECT_NE(environment.stamp(folder + "/file"), first);
}

}  // namespace
}  // namespace wif::auth
