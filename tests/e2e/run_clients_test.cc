// The programs that people use behind `wif-proxy run`, told nothing else.
#include <gtest/gtest.h>

#include "tests/support/json.h"
#include "tests/support/run_command.h"
#include "tests/support/temporary_folder.h"

#define NEEDS(program)                              \
  if (!is_installed(program)) {                     \
    GTEST_SKIP() << program << " is not installed"; \
  }

namespace wif::test {
namespace {

constexpr const char* kQuery = "SELECT COUNT(*) AS n FROM hoge_dataset.fuga_table";

// Asks by the proxy that JAVA_TOOL_OPTIONS names, with the roots that it names.
constexpr const char* kJavaClient = R"(
import java.net.URL;
public class Client {
  public static void main(String[] arguments) throws Exception {
    try (var in = new URL(arguments[0]).openStream()) {
      System.out.print(new String(in.readAllBytes()));
    }
  }
}
)";

constexpr const char* kPythonClient = R"(
import json, os, sys, urllib.request
def get(url, **headers):
    return json.load(urllib.request.urlopen(urllib.request.Request(url, headers=headers)))
token = get('http://' + os.environ['GCE_METADATA_HOST'] +
            '/computeMetadata/v1/instance/service-accounts/default/token',
            **{'Metadata-Flavor': 'Google'})['access_token']
print(get(sys.argv[1], Authorization='Bearer ' + token)['datasets'][0]['id'])
)";

class RunClients : public testing::Test {
 protected:
  Outcome run_well(const std::vector<std::string>& command) {
    const Outcome outcome = behind(command);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    return outcome;
  }
  Outcome bq_query() {
    return run_well({"bq", "query", "--use_legacy_sql=false", "--format=json", kQuery});
  }
  static void expect_has(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
  }
  void expect_five(const Outcome& outcome) {
    const auto begin = outcome.out.find('[');
    ASSERT_NE(begin, std::string::npos) << outcome.out << outcome.err;
    EXPECT_EQ(json_at(outcome.out.substr(begin), "/0/n"), "5") << outcome.out;
  }

  sandbox::Cloud cloud;
  RunCommand behind{cloud};
};

TEST_F(RunClients, Curl) {
  const std::string body = std::string(R"({"query":")") + kQuery + R"(","useLegacySql":false})";
  const Outcome outcome = run_well({"curl", "-sS", "-H", "Content-Type: application/json", "-d",
                                    body, std::string(kBigQuery) + "/queries"});
  EXPECT_EQ(json_at(outcome.out, "/rows/0/f/0/v"), "5") << outcome.out;
}

TEST_F(RunClients, Bq) {
  NEEDS("bq");
  expect_five(bq_query());
  EXPECT_EQ(behind.folders_left(), 0u);
}

TEST_F(RunClients, BqWithThePlaceholderFile) {
  NEEDS("bq");
  behind.flag("--listen-metadata", "off");
  expect_five(bq_query());
}

TEST_F(RunClients, Gcloud) {
  NEEDS("gcloud");
  expect_has(run_well({"gcloud", "auth", "list", "--format=value(account)"}).out,
             std::string(sandbox::kAwsServiceAccount));
  const std::string file = (behind.folder() / "object").string();
  write_file(file, std::string(100'000, 'x'));
  run_well({"gcloud", "storage", "cp", file, "gs://foo-bucket/object"});
  expect_has(run_well({"gcloud", "storage", "ls", "gs://foo-bucket"}).out,
             "gs://foo-bucket/object");
}

TEST_F(RunClients, GcloudWithThePlaceholderFile) {
  NEEDS("gcloud");
  behind.flag("--listen-metadata", "off");
  run_well({"gcloud", "storage", "ls", "gs://foo-bucket"});
}

TEST_F(RunClients, Python) {
  NEEDS("python3");
  const Outcome outcome =
      run_well({"python3", "-c", kPythonClient, std::string(kBigQuery) + "/datasets"});
  EXPECT_EQ(outcome.out, "foo-project:hoge_dataset\n");
}

TEST_F(RunClients, Java) {
  NEEDS("java");
  NEEDS("javac");
  behind.flag("--java-truststore");
  const std::string source = (behind.folder() / "Client.java").string();
  write_file(source, kJavaClient);
  const Outcome outcome = run_well({"java", source, std::string(kBigQuery) + "/datasets"});
  expect_has(outcome.out, "hoge_dataset");
}

// The store is one that Java's own tool reads, and holds our CA beside the system's roots.
TEST_F(RunClients, Keytool) {
  NEEDS("keytool");
  behind.flag("--java-truststore");
  const Outcome outcome =
      run_well({"sh", "-c",
                "f=$(dirname \"$CURL_CA_BUNDLE\"); grep -c BEGIN \"$f\"/bundle.pem; unset "
                "JAVA_TOOL_OPTIONS; "
                "keytool -list -v -keystore \"$f\"/truststore.jks -storepass changeit"});
  expect_has(outcome.out, "Keystore type: JKS");
  expect_has(outcome.out, "Owner: CN=wif-proxy CA");
}

}  // namespace
}  // namespace wif::test
