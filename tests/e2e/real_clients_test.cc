// The programs that people use, told nothing but where the proxy is: an empty home and no
// credential.
#include <gtest/gtest.h>

#include "tests/support/json.h"
#include "tests/support/secrets.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

#define NEEDS(program)                              \
  if (!is_installed(program)) {                     \
    GTEST_SKIP() << program << " is not installed"; \
  }

namespace wif::test {
namespace {

class RealClients : public testing::Test {
 protected:
  Outcome as_client(const std::vector<std::string>& command) {
    const Outcome outcome = run(command, proxy.client_environment(), std::chrono::seconds(110));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    EXPECT_EQ(find_secret(cloud, {}, outcome.out + outcome.err), "");
    return outcome;
  }
  Outcome bq(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"bq", "--project_id=foo-project"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return as_client(command);
  }
  static void expect_has(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
  }

  TemporaryFolder folder;
  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
};

// The article's query, by curl with two variables and no header.
TEST_F(RealClients, CurlQueries) {
  const Outcome outcome = as_client(
      {"curl", "-sS", "-H", "Content-Type: application/json", "-d",
       R"({"query":"SELECT COUNT(*) AS n FROM hoge_dataset.fuga_table","useLegacySql":false})",
       std::string(kBigQuery) + "/queries"});
  EXPECT_EQ(json_at(outcome.out, "/rows/0/f/0/v"), "5") << outcome.out;
}

// curl offers HTTP/2 and waits for 100 with a large body.
TEST_F(RealClients, CurlUploads) {
  const std::string file = folder.write("large", std::string(3'000'000, 'x'));
  const Outcome outcome = as_client({"curl", "-sS", "-T", file, echo_url("/large")});
  EXPECT_EQ(Seen(outcome.out).body_bytes, "3000000");
  const Outcome piped =
      as_client({"bash", "-c", "curl -sS -T - " + echo_url("/piped") + " <" + file});
  EXPECT_EQ(Seen(piped.out).body_bytes, "3000000");
}

// bq reads no roots but its own variable's, and a metadata server by GCE_METADATA_ROOT only.
TEST_F(RealClients, BqLists) {
  NEEDS("bq");
  expect_has(bq({"ls"}).out, "hoge_dataset");
  expect_has(bq({"ls", "hoge_dataset"}).out, "fuga_table");
  expect_has(bq({"show", "--format=prettyjson", "hoge_dataset.fuga_table"}).out, "\"numRows\"");
}

TEST_F(RealClients, BqReads) {
  NEEDS("bq");
  const Outcome head = bq({"head", "--format=json", "-n", "2", "hoge_dataset.fuga_table"});
  EXPECT_EQ(json_members(head.out, "").size(), 2u) << head.out;
  const Outcome query = bq({"query", "--use_legacy_sql=false", "--format=json",
                            "SELECT COUNT(*) AS n FROM hoge_dataset.fuga_table"});
  EXPECT_EQ(json_at(query.out.substr(query.out.find('[')), "/0/n"), "5") << query.out;
}

// A resumable upload: POST, Location, PUT.
TEST_F(RealClients, BqLoads) {
  NEEDS("bq");
  const std::string csv = folder.write("rows.csv", "1,a\n2,b\n3,c\n");
  bq({"load", "--source_format=CSV", "hoge_dataset.loaded", csv, "id:INTEGER,name:STRING"});
  const Outcome head = bq({"head", "--format=json", "hoge_dataset.loaded"});
  EXPECT_EQ(json_members(head.out, "").size(), 3u) << head.out;
}

// gcloud takes the metadata server's account as its own, and moves objects in both directions.
TEST_F(RealClients, GcloudStoresAndReads) {
  NEEDS("gcloud");
  expect_has(as_client({"gcloud", "auth", "list", "--format=value(account)"}).out,
             std::string(sandbox::kAwsServiceAccount));
  const std::string content(300'000, 'y');
  const std::string file = folder.write("object", content);
  as_client({"gcloud", "storage", "cp", file, "gs://foo-bucket/dir/object"});
  expect_has(as_client({"gcloud", "storage", "ls", "gs://foo-bucket/dir/"}).out,
             "gs://foo-bucket/dir/object");
  const std::string back = (folder.path() / "back").string();
  as_client({"gcloud", "storage", "cp", "gs://foo-bucket/dir/object", back});
  EXPECT_TRUE(read_file(back) == content);
}

}  // namespace
}  // namespace wif::test
