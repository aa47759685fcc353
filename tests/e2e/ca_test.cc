// Our CA: the files that clients get, what it can speak for, and how its key is kept.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <set>
#include <vector>

#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

class Ca : public testing::Test {
 protected:
  static unsigned mode_of(const std::filesystem::path& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
    return status.st_mode & 07777u;
  }
  static std::string openssl(const std::vector<std::string>& arguments) {
    std::vector<std::string> words = {"openssl"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run(words);
    return outcome.out + outcome.err;
  }
  // The one file of a folder that holds a private key; "" where there is none or several.
  static std::filesystem::path key_in(const std::string& state) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(state)) {
      if (!entry.is_regular_file()) continue;
      if (read_file(entry.path()).find("PRIVATE KEY") != std::string::npos) {
        found.push_back(entry.path());
      }
    }
    return found.size() == 1 ? found.front() : "";
  }
  static std::size_t certificates_in(const std::string& pem) {
    std::size_t count = 0;
    for (std::size_t at = pem.find("BEGIN CERT"); at != std::string::npos;
         at = pem.find("BEGIN CERT", at + 1)) {
      ++count;
    }
    return count;
  }

  TemporaryFolder folder;
  sandbox::Cloud cloud;
};

// Clients replace their roots by the bundle: without the system's, nothing else would verify. A key
// in one of them would let every reader speak for Google.
TEST_F(Ca, ExportsCertificatesForEverybodyAndNoKey) {
  auto proxy = TestProxy(cloud).ec2().start();
  for (const std::string& file : {proxy.ca_file(), proxy.bundle_file()}) {
    EXPECT_EQ(mode_of(file), 0644u) << file;
    EXPECT_EQ(read_file(file).find("PRIVATE"), std::string::npos) << file;
  }
  EXPECT_EQ(certificates_in(read_file(proxy.ca_file())), 1u);
  const std::string bundle = read_file(proxy.bundle_file());
  EXPECT_GT(certificates_in(bundle), 20u) << "the system's roots are missing";
  const std::string ca = read_file(proxy.ca_file());
  EXPECT_NE(bundle.find(ca.substr(0, ca.find_last_not_of('\n'))), std::string::npos);
  EXPECT_EQ(curl_direct({"--proxy", "http://" + proxy.proxy(), "--cacert", proxy.bundle_file(),
                         echo_url("/")})
                .status,
            200);
}

// If it could speak for other names, a leak of it would open all of the workload's traffic.
TEST_F(Ca, IsConstrainedToTheInjectedNames) {
  auto proxy = TestProxy(cloud).ec2().start();
  const std::string text = openssl({"x509", "-in", proxy.ca_file(), "-noout", "-text"});
  EXPECT_NE(text.find("X509v3 Name Constraints: critical"), std::string::npos) << text;
  EXPECT_NE(text.find("DNS:googleapis.com"), std::string::npos) << text;
  EXPECT_NE(text.find("Excluded"), std::string::npos) << text;
  EXPECT_NE(text.find("CA:TRUE, pathlen:0"), std::string::npos) << text;
  EXPECT_NE(text.find("Certificate Sign, CRL Sign"), std::string::npos) << text;
  EXPECT_EQ(text.find("Google"), std::string::npos) << "it must not pose as Google";
}

// What clients check: one name, for servers only, not a CA, short-lived, signed by the exported CA.
TEST_F(Ca, LeafVerifiesForItsNameOnly) {
  auto proxy = TestProxy(cloud).ec2().start();
  const TlsClient client(proxy, "echo.googleapis.com");
  X509* leaf = SSL_get1_peer_certificate(client.ssl());
  const std::string file = (folder.path() / "leaf.pem").string();
  BIO* out = BIO_new_file(file.c_str(), "w");
  PEM_write_bio_X509(out, leaf);
  BIO_free(out);
  X509_free(leaf);
  const auto verify = [&](const std::string& name) {
    return openssl({"verify", "-x509_strict", "-purpose", "sslserver", "-CAfile",
                    proxy.bundle_file(), "-verify_hostname", name, file});
  };
  EXPECT_NE(verify("echo.googleapis.com").find("leaf.pem: OK"), std::string::npos)
      << verify("echo.googleapis.com");
  EXPECT_EQ(verify("bigquery.googleapis.com").find("leaf.pem: OK"), std::string::npos);
  const std::string text = openssl({"x509", "-in", file, "-noout", "-text"});
  EXPECT_NE(text.find("TLS Web Server Authentication\n"), std::string::npos) << text;
  EXPECT_NE(text.find("DNS:echo.googleapis.com\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("CA:TRUE"), std::string::npos) << text;
  EXPECT_EQ(run({"openssl", "x509", "-in", file, "-noout", "-checkend", "691200"}).exit_code, 1)
      << "it must not outlive a week";
}

// In memory each start makes a new CA; a state folder keeps it, or every restart would break the
// clients that read their roots once.
TEST_F(Ca, StateFolderKeepsIt) {
  const std::string state = (folder.path() / "state").string();
  std::string certificate;
  for (int i = 0; i < 2; ++i) {
    auto proxy = TestProxy(cloud).ec2().flag("--state-dir", state).start();
    if (i == 0) certificate = read_file(proxy.ca_file());
    EXPECT_EQ(read_file(proxy.ca_file()), certificate);
    EXPECT_EQ(curl(proxy, {echo_url("/")}).status, 200);
    EXPECT_EQ(proxy.stop(), 0);
  }
  EXPECT_EQ(mode_of(state), 0700u);
  ASSERT_NE(key_in(state), "");
  EXPECT_EQ(mode_of(key_in(state)), 0600u);
  auto other = TestProxy(cloud).ec2().start();
  EXPECT_NE(read_file(other.ca_file()), certificate);
}

// A key that others can read is as good as lost; starting with it would hide that.
TEST_F(Ca, KeyThatOthersCanReadIsRefused) {
  const std::string state = (folder.path() / "state").string();
  { auto proxy = TestProxy(cloud).ec2().flag("--state-dir", state).start(); }
  const std::filesystem::path key = key_in(state);
  ASSERT_EQ(::chmod(key.c_str(), 0644), 0);
  const TestProxy set_up(cloud);
  std::vector<std::string> command = {WIF_PROXY_BINARY, "serve",
                                      "--state-dir",    state,
                                      "--credentials",  credential_file("ec2-imdsv1")};
  for (const std::string& word : set_up.arguments()) command.push_back(word);
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.exit_code, 78) << outcome.err;
  EXPECT_NE(outcome.err.find("ca_key_permissions"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find(key.filename().string()), std::string::npos) << outcome.err;
}

// Half a certificate in the export folder would break a client that starts at that moment: files
// are put there whole, and nothing else is left behind.
TEST_F(Ca, ExportFolderHoldsWholeFilesOnly) {
  auto proxy = TestProxy(cloud).ec2().start();
  std::set<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(proxy.ca_file()).parent_path())) {
    names.insert(entry.path().filename().string());
  }
  EXPECT_EQ(names.count("ca.pem") + names.count("bundle.pem"), 2u);
  for (const std::string& name : names) {
    EXPECT_EQ(name.find("tmp"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace wif::test
