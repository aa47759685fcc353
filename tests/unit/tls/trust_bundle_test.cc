#include "tls/trust_bundle.h"

#include <unistd.h>

#include "tests/unit/tls/test_support.h"
#include "tls/roots.h"

namespace wif::tls {
namespace {

using namespace test;

Authority in_memory() {
  return *Authority::create({.permitted_suffixes = {"googleapis.com"}}, now());
}

TEST(TrustBundle, HoldsTheSystemRootsAndOurCa) {
  const TempFolder folder;
  const Authority authority = in_memory();
  const auto files = export_trust(authority, folder / "x/ca");
  ASSERT_TRUE(files) << files.error().what;
  EXPECT_EQ(files->ca, folder / "x/ca/ca.pem");
  EXPECT_EQ(read(files->ca), authority.certificate_pem());
  const auto all = parse_certificates(read(files->bundle));
  ASSERT_TRUE(all) << all.error().what;
  EXPECT_EQ(all->size(), files->system_roots + 1);
  EXPECT_EQ(X509_cmp(all->back().get(), authority.certificate()), 0);
  if (!system_roots_file().empty()) {
    EXPECT_EQ(files->system_roots, parse_certificates(read(system_roots_file()))->size());
  }
}

TEST(TrustBundle, IsReadableByAllWhateverTheUmask) {
  const TempFolder folder;
  const mode_t before = ::umask(0077);
  const auto files = export_trust(in_memory(), folder / "ca");
  ::umask(before);
  ASSERT_TRUE(files);
  EXPECT_EQ(mode_of(folder / "ca"), 0755u);
  EXPECT_EQ(mode_of(files->ca), 0644u);
  EXPECT_EQ(mode_of(files->bundle), 0644u);
}

TEST(TrustBundle, NeverHoldsAPrivateKey) {
  const TempFolder folder;
  const auto authority = Authority::open_or_create(
      folder / "state", {.permitted_suffixes = {"googleapis.com"}}, now());
  ASSERT_TRUE(export_trust(*authority, folder / "ca"));
  for (const auto& file : std::filesystem::directory_iterator(folder / "ca")) {
    EXPECT_EQ(read(file.path().string()).find("PRIVATE"), std::string::npos) << file.path();
  }
}

TEST(TrustBundle, ReplacesOldFiles) {
  const TempFolder folder;
  (void)export_trust(in_memory(), folder.path());
  const Authority authority = in_memory();
  const auto files = export_trust(authority, folder.path());
  EXPECT_EQ(read(files->ca), authority.certificate_pem());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
}

TEST(TrustBundle, JavaGetsTheBundleInItsOwnFormatWhereWanted) {
  const TempFolder folder;
  const auto files = export_trust(in_memory(), folder.path(), JavaTruststore::kWanted);
  ASSERT_TRUE(files) << files.error().what;
  EXPECT_EQ(files->java, folder / "truststore.jks");
  EXPECT_EQ(read(files->java).substr(0, 4), "\xFE\xED\xFE\xED");
  EXPECT_EQ(mode_of(files->java), 0644u);
}

TEST(TrustBundle, FailureNamesThePath) {
  const TempFolder folder;
  write(folder / "file", "");
  const auto refused = export_trust(in_memory(), folder / "file");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find(folder / "file"), std::string::npos);
}

TEST(ExportFolder, FirstThatCanBeWritten) {
  const TempFolder folder;
  write(folder / "file", "");
  const auto chosen = first_writable_folder(
      {{folder / "file/ca", 0755}, {folder / "a/ca", 0700}, {folder / "b/ca", 0755}});
  ASSERT_TRUE(chosen) << chosen.error().what;
  EXPECT_EQ(*chosen, folder / "a/ca");
  EXPECT_EQ(mode_of(*chosen), 0700u);
  EXPECT_FALSE(std::filesystem::exists(folder / "b"));
}

TEST(ExportFolder, NoneIsAnErrorThatNamesAll) {
  const TempFolder folder;
  write(folder / "file", "");
  const auto refused =
      first_writable_folder({{folder / "file/one", 0755}, {folder / "file/two", 0755}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("file/one"), std::string::npos);
  EXPECT_NE(refused.error().what.find("file/two"), std::string::npos);
  EXPECT_NE(refused.error().what.find("ca.export_dir"), std::string::npos);
}

TEST(ExportFolder, DefaultsFollowTheEnvironment) {
  ::setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
  ::unsetenv("XDG_CACHE_HOME");
  ::setenv("HOME", "/home/x", 1);
  auto folders = default_export_folders();
  ASSERT_EQ(folders.size(), 3u);
  EXPECT_EQ(folders[0].path, "/run/wif-proxy/ca");
  EXPECT_EQ(folders[1].path, "/run/user/7/wif-proxy/ca");
  EXPECT_EQ(folders[2].path, "/home/x/.cache/wif-proxy/ca");
  EXPECT_EQ(folders[2].mode, 0700u);
  ::setenv("XDG_CACHE_HOME", "/cache", 1);
  ::unsetenv("XDG_RUNTIME_DIR");
  folders = default_export_folders();
  ASSERT_EQ(folders.size(), 2u);
  EXPECT_EQ(folders[1].path, "/cache/wif-proxy/ca");
}

}  // namespace
}  // namespace wif::tls
