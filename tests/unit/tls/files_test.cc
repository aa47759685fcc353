#include "tls/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/tls/test_support.h"

namespace wif::tls {
namespace {

using namespace test;

constexpr uid_t kUs = 1000;
constexpr uid_t kOther = 1001;
constexpr gid_t kOurGroup = 500;
constexpr gid_t kOtherGroup = 501;

struct KeyCase {
  mode_t mode;
  uid_t owner;
  gid_t group;
  bool accepted;
};

class KeyFile : public testing::TestWithParam<KeyCase> {};

TEST_P(KeyFile, ModeAndOwnerDecide) {
  struct stat status {};
  status.st_mode = GetParam().mode;
  status.st_uid = GetParam().owner;
  status.st_gid = GetParam().group;
  const std::vector<gid_t> groups{400, kOurGroup};
  const auto result = check_key_file(status, "/keys/ca.key", kUs, groups);
  EXPECT_EQ(static_cast<bool>(result), GetParam().accepted);
  if (!result) {
    EXPECT_NE(result.error().what.find("ca_key_permissions"), std::string::npos);
    EXPECT_NE(result.error().what.find("/keys/ca.key"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Matrix, KeyFile,
                         testing::Values(KeyCase{S_IFREG | 0600, kUs, kOtherGroup, true},
                                         KeyCase{S_IFREG | 0400, kUs, kOtherGroup, true},
                                         KeyCase{S_IFREG | 0440, kUs, kOurGroup, true},
                                         KeyCase{S_IFREG | 0440, 0, kOurGroup,
                                                 true},  // a mounted Secret
                                         KeyCase{S_IFREG | 0400, 0, kOtherGroup, true},
                                         KeyCase{S_IFREG | 0440, kUs, kOtherGroup, false},
                                         KeyCase{S_IFREG | 0440, 0, kOtherGroup, false},
                                         KeyCase{S_IFREG | 0660, kUs, kOurGroup, false},
                                         KeyCase{S_IFREG | 0650, kUs, kOurGroup, false},
                                         KeyCase{S_IFREG | 0620, kUs, kOurGroup, false},
                                         KeyCase{S_IFREG | 0604, kUs, kOurGroup, false},
                                         KeyCase{S_IFREG | 0602, kUs, kOurGroup, false},
                                         KeyCase{S_IFREG | 0601, kUs, kOurGroup, false},
                                         KeyCase{S_IFREG | 0644, 0, kOurGroup, false},
                                         KeyCase{S_IFREG | 0600, kOther, kOurGroup, false},
                                         KeyCase{S_IFDIR | 0700, kUs, kOurGroup, false},
                                         KeyCase{S_IFIFO | 0600, kUs, kOurGroup, false},
                                         KeyCase{S_IFCHR | 0600, kUs, kOurGroup, false}));

TEST(Files, KeyIsReadThroughASymbolicLink) {
  const TempFolder folder;
  write(folder / "real", "the key", 0600);
  std::filesystem::create_symlink("real", folder / "link");
  const auto key = read_key_file(folder / "link");
  ASSERT_TRUE(key) << key.error().what;
  EXPECT_EQ(key->reveal(), "the key");
}

TEST(Files, KeyInAFifoIsRefusedWithoutHanging) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(read_key_file(folder / "pipe"));
}

TEST(Files, LargeKeyFilesArriveWhole) {
  const TempFolder folder;
  const std::string content(100'000, 'k');
  write(folder / "key", content, 0600);
  EXPECT_EQ(read_key_file(folder / "key")->reveal(), content);
}

TEST(Files, WriteReplacesInOneStepWithTheModeAsked) {
  const TempFolder folder;
  const mode_t before = ::umask(0077);
  EXPECT_TRUE(write_file(folder / "file", "one", 0644));
  EXPECT_TRUE(write_file(folder / "file", "two", 0644));
  ::umask(before);
  EXPECT_EQ(read(folder / "file"), "two");
  EXPECT_EQ(mode_of(folder / "file"), 0644u);
  const auto left = std::distance(std::filesystem::directory_iterator(folder.path()), {});
  EXPECT_EQ(left, 1);
}

TEST(Files, WriteFailureLeavesNothingBehind) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "target");
  const auto result = write_file(folder / "target", "x", 0600);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().what.find(folder / "target"), std::string::npos);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  EXPECT_FALSE(write_file(folder / "missing/file", "x", 0600));
}

TEST(Files, FoldersAreMadeWithTheirParents) {
  const TempFolder folder;
  const mode_t before = ::umask(0077);
  EXPECT_TRUE(make_folder(folder / "a/b/c", 0755));
  ::umask(before);
  EXPECT_EQ(mode_of(folder / "a"), 0755u);
  EXPECT_EQ(mode_of(folder / "a/b/c"), 0755u);
  write(folder / "file", "");
  EXPECT_FALSE(make_folder(folder / "file", 0755));
}

TEST(Files, PrivateFolderIsTightenedAndMustBeOurs) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "open");
  ::chmod((folder / "open").c_str(), 0777);
  EXPECT_TRUE(make_private_folder(folder / "open"));
  EXPECT_EQ(mode_of(folder / "open"), 0700u);
  if (::geteuid() != 0) GTEST_SKIP() << "giving a folder away needs root";
  ASSERT_EQ(::chown((folder / "open").c_str(), kOther, kOtherGroup), 0);
  EXPECT_FALSE(make_private_folder(folder / "open"));
}

TEST(Files, FolderLockIsGivenBack) {
  const TempFolder folder;
  {
    const auto lock = FolderLock::take(folder.path());
    ASSERT_TRUE(lock);
  }
  EXPECT_TRUE(FolderLock::take(folder.path()));
  EXPECT_FALSE(FolderLock::take(folder / "missing"));
}

}  // namespace
}  // namespace wif::tls
