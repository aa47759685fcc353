// The real wif-proxy in front of a sandbox cloud.
//
//   sandbox::Cloud cloud;
//   auto proxy = TestProxy(cloud).ec2().flag("--max-replay-bytes", "1024").start();
//   EXPECT_EQ(curl(proxy, {"https://echo.googleapis.com/"}).status, 200);
//   EXPECT_EQ(proxy.stop(), 0);
//
// It listens on free ports of 127.0.0.1 and reaches the cloud in place of AWS and Google.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/cloud.h"
#include "tests/support/command.h"

namespace wif::test {

inline constexpr std::string_view kEcho = "https://echo.googleapis.com";
inline constexpr std::string_view kBigQuery =
    "https://bigquery.googleapis.com/bigquery/v2/projects/foo-project";

// How much resident memory may grow while bodies of any length pass. Sanitizers keep freed memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::size_t kMaxGrowth = 400u << 20;
#else
inline constexpr std::size_t kMaxGrowth = 16u << 20;
#endif

// "https://echo.googleapis.com" + path.
std::string echo_url(std::string_view path);

// Polls until `condition` holds; false after `limit`.
bool eventually(const std::function<bool()>& condition,
                std::chrono::seconds limit = std::chrono::seconds(30));

// A credential file of tests/vectors/external_account, unchanged.
std::string credential_file(const std::string& name);

class TestProxy {
 public:
  // `cloud` outlives the proxy.
  explicit TestProxy(sandbox::Cloud& cloud);
  // Stops it if it runs.
  ~TestProxy();
  TestProxy(TestProxy&&) noexcept;
  TestProxy& operator=(TestProxy&&) = delete;

  // Where its identity comes from; one of these.
  TestProxy& ec2();                                       // the instance's role by IMDS
  TestProxy& ecs();                                       // the task's role
  TestProxy& eks();                                       // token of default:eks-access-to-gcp
  TestProxy& eks_as(const std::string& service_account);  // of another one in `default`
  TestProxy& credentials(const std::string& file);        // any credential file
  TestProxy& token_file(const std::string& file);

  TestProxy& flag(const std::string& name, const std::string& value = "");
  TestProxy& without_flag(const std::string& name);  // one of ours
  TestProxy& environment(const std::string& name, const std::string& value);
  // Do not wait for the first token.
  TestProxy& unready();

  // Starts it; throws with the log when it ends at once or does not become ready.
  TestProxy start();
  // Ends it by SIGTERM and returns its exit code. Fails the test where its log holds a secret or a
  // sanitizer's report. Again: the same code.
  int stop();
  void signal(int number) const;
  // Exit code once it ended by itself; throws when it does not. Checks like stop().
  int wait_for_end();
  bool running() const;

  std::string proxy() const;  // "127.0.0.1:PORT"
  std::string sni() const;    // "off" without --listen-sni
  std::string metadata() const;
  std::string admin() const;
  std::string ca_file() const;      // our CA
  std::string bundle_file() const;  // system roots and our CA
  std::string log() const;
  // Lines of the log with this event.
  std::vector<std::string> events(std::string_view event) const;
  bool wait_for_event(std::string_view event, std::size_t count = 1) const;
  pid_t pid() const;
  std::size_t memory() const;  // resident bytes
  // A place for files of the test, and the arguments that start() uses.
  std::filesystem::path folder() const;
  std::vector<std::string> arguments() const;
  Environment environment() const;

  // What a client needs to be told, and nothing else: an empty home, no credential.
  Environment client_environment() const;

 private:
  struct State;
  void check_log() const;
  std::unique_ptr<State> state_;
};

}  // namespace wif::test
