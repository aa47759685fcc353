// The promise of the project, looked at from outside: while a client works, not a byte of a real
// credential is in its memory, its environment, its command line or its files (P2). The sandbox
// cloud knows the bytes.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "tests/support/process_memory.h"
#include "tests/support/run_command.h"
#include "tests/support/secrets.h"
#include "tests/support/temporary_folder.h"

namespace wif::test {
namespace {

// Not a word of this test's own sources in one piece, so that only the plant can be found.
const std::string kPlanted = std::string("planted-") + "credential-7d1f0c";

// Talks to the API with the placeholder, keeps connections and answers, and waits with all of it.
constexpr const char* kPythonClient = R"(
import json, os, ssl, sys, time, urllib.request
def get(url, **headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers)).read()
metadata = 'http://' + os.environ['GCE_METADATA_HOST'] + '/computeMetadata/v1/'
token = json.loads(get(metadata + 'instance/service-accounts/default/token',
                       **{'Metadata-Flavor': 'Google'}))['access_token']
seen = [get('https://echo.googleapis.com/', Authorization='Bearer ' + token) for i in range(3)]
seen.append(get('https://bigquery.googleapis.com/bigquery/v2/projects/foo-project/datasets'))
open(sys.argv[1], 'wb').write(b''.join(seen))
os.rename(sys.argv[1], sys.argv[2])
time.sleep(600)
)";

class ClientMemory : public testing::Test {
 protected:
  ~ClientMemory() override {
    if (process < 0) return;
    ::kill(process, SIGTERM);
    wait_for_exit(process, std::chrono::seconds(30));
  }

  std::string path(const char* name) const { return (behind.folder() / name).string(); }

  // Starts the command and waits until it has done its work.
  void start(const std::vector<std::string>& command) {
    process = spawn(behind.line(command), behind.environment(), path("out"), path("err"));
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(path("done")); }))
        << read_file(path("err"));
    const std::string id = std::to_string(process);
    client = static_cast<pid_t>(std::stoi(read_file("/proc/" + id + "/task/" + id + "/children")));
  }

  // Every credential that the cloud has handed out.
  std::vector<std::string> secrets() {
    std::vector<std::string> needles;
    for (const std::string& token : cloud.world().issued_tokens()) {
      needles.push_back(token);
      // Nor a part of it: enough to tell it from chance.
      needles.push_back(token.substr(token.size() / 2, 24));
    }
    return needles;
  }

  sandbox::Cloud cloud;
  RunCommand behind{cloud};
  pid_t process = -1;
  pid_t client = -1;
};

TEST_F(ClientMemory, HoldsNoByteOfARealToken) {
  if (!is_installed("python3")) GTEST_SKIP() << "python3 is not installed";
  start({"python3", "-c", kPythonClient, path("answers"), path("done")});
  const auto needles = secrets();
  ASSERT_GE(needles.size(), 4u) << "a federated token and one of the service account";
  const MemorySearch memory = search_process(client, needles);
  EXPECT_GT(memory.bytes, 4u << 20);
  EXPECT_EQ(memory.found, std::vector<std::string>());
  const MemorySearch files = search_files(behind.folder(), needles);
  EXPECT_GT(files.bytes, 100'000u);
  EXPECT_EQ(files.found, std::vector<std::string>());
  EXPECT_NE(read_file(path("done")).find("hoge_dataset"), std::string::npos);
}

// The search has to be able to fail.
TEST_F(ClientMemory, SearchFindsWhatIsThere) {
  behind.environment("PLANTED", kPlanted);
  const std::string file = path("file");
  write_file(file, "x" + kPlanted + "y");
  start({"sh", "-c", "read -r word <" + file + "; : >" + path("done") + "; sleep 600; echo $word"});
  const MemorySearch memory = search_process(client, {kPlanted});
  const auto found = [&memory](const std::string& where) {
    return std::find(memory.found.begin(), memory.found.end(), where + ": " + kPlanted) !=
           memory.found.end();
  };
  EXPECT_TRUE(found("mem"));
  EXPECT_TRUE(found("environ"));
  EXPECT_EQ(search_files(behind.folder(), {kPlanted}).found,
            std::vector<std::string>{file + ": " + kPlanted});
}

// The token is where it belongs, so the needles above are the right ones.
TEST_F(ClientMemory, SearchFindsTheTokenInTheProxy) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may read the proxy's memory";
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the shadow memory of a sanitizer is too large to be searched";
#endif
  start({"sh", "-c", ": >" + path("done") + "; sleep 600"});
  EXPECT_FALSE(search_process(process, secrets()).found.empty());
}

}  // namespace
}  // namespace wif::test
