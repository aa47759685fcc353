// What a person gets wrong before anything runs: one line that names the place, and the exit code
// that service managers know (78 configuration, 2 usage).
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/json.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

class BadInput : public testing::Test {
 protected:
  // Like `serve` with everything right but what the test adds.
  Outcome serve(const std::vector<std::string>& more, const std::string& credentials) {
    std::vector<std::string> command = {WIF_PROXY_BINARY,    "serve",
                                        "--listen",          "127.0.0.1:0",
                                        "--listen-metadata", "127.0.0.1:0",
                                        "--listen-admin",    "127.0.0.1:0",
                                        "--ca-export-dir",   (folder.path() / "ca").string()};
    if (!credentials.empty()) command.insert(command.end(), {"--credentials", credentials});
    command.insert(command.end(), more.begin(), more.end());
    return run(command, {{"HOME", folder.path().string()}}, std::chrono::seconds(20));
  }
  Outcome serve(const std::vector<std::string>& more) {
    return serve(more, credential_file("ec2-imdsv1"));
  }
  static void expect_line(const Outcome& outcome, int exit_code,
                          const std::vector<std::string>& words) {
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    for (const std::string& word : words) {
      EXPECT_NE(outcome.err.find(word), std::string::npos) << word << " in: " << outcome.err;
    }
  }

  TemporaryFolder folder;
};

// A credential file edited by hand: the message has to lead to the field, for each way to be wrong.
TEST_F(BadInput, CredentialFileNamesItsField) {
  const std::string vectors =
      read_file(std::string(WIF_VECTORS_DIR) + "/external_account_invalid.json");
  const auto cases = json_members(vectors, "/cases");
  ASSERT_GT(cases.size(), 30u);
  for (const auto& [unused, each] : cases) {
    SCOPED_TRACE(json_at(each, "/name"));
    const std::string file = folder.write("credential.json", json_at(each, "/document"));
    expect_line(serve({}, file), 78, {file, json_at(each, "/field")});
  }
}

TEST_F(BadInput, CredentialFileThatIsNone) {
  const std::string missing = (folder.path() / "missing.json").string();
  expect_line(serve({}, missing), 78, {missing, "No such file"});
  const std::string text = folder.write("text.json", "-----BEGIN\n");
  expect_line(serve({}, text), 78, {text, "not valid JSON"});
  expect_line(serve({}, folder.write("list.json", "[]")), 78, {"list.json"});
  expect_line(serve({}, folder.write("empty.json", "")), 78, {"empty.json"});
}

// No identity at all: say which flag, since this is everybody's first try.
TEST_F(BadInput, NoCredentials) {
  expect_line(serve({}, ""), 78, {"--credentials", "create-cred-config"});
}

// A typing error in a flag or command: the nearest right one.
TEST_F(BadInput, UnknownFlagsAndCommands) {
  expect_line(serve({"--lisen", "127.0.0.1:1"}), 2, {"--lisen", "did you mean --listen"});
  expect_line(serve({"extra"}), 2, {"extra"});
  expect_line(run({WIF_PROXY_BINARY, "serv"}), 2, {"serv", "did you mean serve"});
  EXPECT_EQ(run({WIF_PROXY_BINARY}).exit_code, 2);
  EXPECT_EQ(run({WIF_PROXY_BINARY, "--help"}).exit_code, 0);
  EXPECT_EQ(run({WIF_PROXY_BINARY, "serve", "--help"}).exit_code, 0);
}

// A value of the wrong kind: which flag, what was found, and an example.
TEST_F(BadInput, FlagValues) {
  expect_line(serve({"--header-timeout", "soon"}), 2, {"--header-timeout", "\"soon\"", "10s"});
  expect_line(serve({"--max-replay-bytes", "-1"}), 2, {"--max-replay-bytes", "-1"});
  expect_line(serve({"--listen", "here"}), 2, {"--listen", "here"});
  expect_line(serve({"--inject", "b*.googleapis.com"}), 2, {"--inject", "b*.googleapis.com"});
  expect_line(serve({"--log-level", "loud"}), 2, {"--log-level", "loud"});
}

// The configuration file: place, key and the nearest right key.
TEST_F(BadInput, ConfigurationFile) {
  const auto with = [&](const std::string& text) {
    return serve({"--config", folder.write("config.json", text)});
  };
  expect_line(with("{\"version\": 1,\n \"lisen\": {}}"), 78,
              {"config.json:2:", "lisen", "did you mean \"listen\""});
  expect_line(with("{\"version\": 1,"), 78, {"config.json:1:", "not valid JSON"});
  expect_line(with("{}"), 78, {"config.json", "version"});
  expect_line(with("{\"version\": 1, \"rules\": [{\"hosts\": [\"a.b\"]}]}"), 78,
              {"config.json", "action"});
  expect_line(with("{\"version\": 1, \"limits\": {\"header_timeout\": 5}}"), 78,
              {"config.json", "header_timeout"});
}

// Open to the network by mistake is the one error that nobody would notice (R-6.1).
TEST_F(BadInput, UnprotectedListeners) {
  for (const char* listener : {"proxy", "metadata", "admin"}) {
    for (const char* address : {"0.0.0.0:0", "[::]:0"}) {
      SCOPED_TRACE(std::string(listener) + address);
      const std::string file =
          folder.write("config.json", std::string(R"({"version": 1, "listen": {")") + listener +
                                          "\": \"" + address + "\"}}");
      const Outcome outcome = run({WIF_PROXY_BINARY, "serve", "--config", file, "--credentials",
                                   credential_file("ec2-imdsv1")},
                                  {{"HOME", folder.path().string()}}, std::chrono::seconds(20));
      expect_line(outcome, 78, {"listener_unprotected", "--allow-cidr"});
    }
  }
  expect_line(serve({"--listen", "0.0.0.0:0", "--allow-non-loopback"}), 78,
              {"listener_unprotected"});
}

// Files that the start needs.
TEST_F(BadInput, FilesAtTheStart) {
  expect_line(serve({"--upstream-ca", "/none.pem"}), 78, {"/none.pem"});
  expect_line(serve({"--upstream-ca", folder.write("empty.pem", "")}), 78, {"empty.pem"});
  expect_line(serve({"--ca-cert", "/none.pem", "--ca-key", "/none.key"}), 78, {"/none"});
}

// The same check without starting, for a deployment's pipeline.
TEST_F(BadInput, ConfigValidateFindsTheSame) {
  const std::string good = folder.write("good.json", "{\"version\": 1}");
  const std::string bad = folder.write("bad.json", "{\"version\": 1, \"lisen\": {}}");
  const auto validate = [](const std::string& file) {
    return run({WIF_PROXY_BINARY, "config", "validate", "--config", file, "--credentials",
                credential_file("ec2-imdsv1")});
  };
  EXPECT_EQ(validate(good).exit_code, 0);
  EXPECT_EQ(validate(bad).exit_code, 78);
  EXPECT_NE(validate(bad).err.find("lisen"), std::string::npos);
}

}  // namespace
}  // namespace wif::test
