#include "tests/support/test_proxy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/json.h"
#include "tests/support/secrets.h"
#include "tests/support/temporary_folder.h"

namespace wif::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Slow enough for a sanitizer on a busy machine.
constexpr seconds kStartLimit{60};
constexpr seconds kStopLimit{40};

constexpr std::string_view kEksTokenPath =
    "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("no " + std::string(from) + " to replace");
  return text.replace(at, from.size(), to);
}

}  // namespace

struct TestProxy::State {
  explicit State(sandbox::Cloud& cloud_in) : cloud(cloud_in) {}

  sandbox::Cloud& cloud;
  TemporaryFolder folder;
  std::vector<std::pair<std::string, std::string>> flags;
  Environment variables;
  bool wait_for_ready = true;
  pid_t process = -1;
  int exit_code = -1;
  std::string proxy;
  std::string sni;
  std::string metadata;
  std::string admin;

  std::string file(const std::string& name) const { return (folder.path() / name).string(); }
};

std::string echo_url(std::string_view path) { return std::string(kEcho).append(path); }

bool eventually(const std::function<bool()>& condition, seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return true;
}

std::string credential_file(const std::string& name) {
  return std::string(WIF_VECTORS_DIR) + "/external_account/" + name + ".json";
}

TestProxy::TestProxy(sandbox::Cloud& cloud) : state_(std::make_unique<State>(cloud)) {
  const std::string ca = state_->folder.write("cloud-ca.pem", cloud.ca_pem());
  state_->variables["HOME"] = state_->folder.path().string();
  flag("--listen", "127.0.0.1:0").flag("--listen-metadata", "127.0.0.1:0");
  flag("--listen-admin", "127.0.0.1:0").flag("--upstream-ca", ca);
  flag("--ca-export-dir", state_->file("ca")).flag("--imds-endpoint", cloud.url("imds"));
  flag("--log-format", "json").flag("--log-level", "trace").flag("--drain-max", "2s");
  for (const std::string& mapping : cloud.connect_to()) flag("--connect-to", mapping);
}

TestProxy::TestProxy(TestProxy&&) noexcept = default;

TestProxy::~TestProxy() {
  if (state_ && state_->process > 0) stop();
}

TestProxy& TestProxy::ec2() { return credentials(credential_file("ec2-imdsv1")); }

TestProxy& TestProxy::ecs() {
  environment("AWS_CONTAINER_CREDENTIALS_FULL_URI",
              state_->cloud.url("ecs") + "/v2/credentials/task");
  return environment("AWS_REGION", "ap-northeast-1").credentials(credential_file("ec2-imdsv1"));
}

TestProxy& TestProxy::eks() { return eks_as("eks-access-to-gcp"); }

TestProxy& TestProxy::eks_as(const std::string& service_account) {
  const std::string token =
      state_->folder.write("ksa-token", state_->cloud.make_ksa_token("default", service_account));
  return credentials(state_->folder.write(
      "eks.json", replaced(read_file(credential_file("eks-oidc-file")), kEksTokenPath, token)));
}

TestProxy& TestProxy::credentials(const std::string& file) { return flag("--credentials", file); }

TestProxy& TestProxy::token_file(const std::string& file) { return flag("--token-file", file); }

TestProxy& TestProxy::flag(const std::string& name, const std::string& value) {
  state_->flags.emplace_back(name, value);
  return *this;
}

TestProxy& TestProxy::without_flag(const std::string& name) {
  std::erase_if(state_->flags, [&name](const auto& each) { return each.first == name; });
  return *this;
}

TestProxy& TestProxy::environment(const std::string& name, const std::string& value) {
  state_->variables[name] = value;
  return *this;
}

TestProxy& TestProxy::unready() {
  state_->wait_for_ready = false;
  return *this;
}

std::vector<std::string> TestProxy::arguments() const {
  std::vector<std::string> list;
  for (const auto& [name, value] : state_->flags) {
    list.push_back(name);
    if (!value.empty()) list.push_back(value);
  }
  return list;
}

Environment TestProxy::environment() const { return state_->variables; }

TestProxy TestProxy::start() {
  std::vector<std::string> command = arguments();
  command.insert(command.begin(), {WIF_PROXY_BINARY, "serve"});
  state_->process = spawn(command, state_->variables, state_->file("out"), state_->file("log"));
  const bool ready = state_->wait_for_ready;
  eventually([&] { return !running() || !events(ready ? "ready" : "start").empty(); }, kStartLimit);
  const auto started = events("start");
  if (started.empty() || !running() || (ready && events("ready").empty())) {
    if (running()) ::kill(state_->process, SIGKILL);
    wait_for_exit(state_->process, seconds(10));
    state_->process = -1;
    throw std::runtime_error("the proxy did not start:\n" + log());
  }
  state_->proxy = json_at(started.front(), "/proxy");
  state_->sni = json_at(started.front(), "/sni");
  state_->metadata = json_at(started.front(), "/metadata");
  state_->admin = json_at(started.front(), "/admin");
  return std::move(*this);
}

int TestProxy::stop() {
  if (state_->process <= 0) return state_->exit_code;
  signal(SIGTERM);
  return wait_for_end();
}

void TestProxy::signal(int number) const { ::kill(state_->process, number); }

int TestProxy::wait_for_end() {
  if (state_->process <= 0) return state_->exit_code;
  state_->exit_code = wait_for_exit(state_->process, kStopLimit);
  if (state_->exit_code < 0) {
    ADD_FAILURE() << "the proxy did not end:\n" << log();
    ::kill(state_->process, SIGKILL);
    state_->exit_code = wait_for_exit(state_->process, seconds(10));
  }
  state_->process = -1;
  check_log();
  return state_->exit_code;
}

void TestProxy::check_log() const {
  const std::string output = log() + read_file(state_->file("out"));
  const std::string leak = find_secret(state_->cloud, state_->variables, output);
  EXPECT_EQ(leak, "") << "in the log:\n" << state_->cloud.world().redact_tokens(output);
  for (const std::string_view report : {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                                        "WARNING: ThreadSanitizer", "runtime error:"}) {
    EXPECT_EQ(output.find(report), std::string::npos) << output;
  }
}

bool TestProxy::running() const {
  if (state_->process <= 0) return false;
  siginfo_t info{};
  const int result =
      ::waitid(P_PID, static_cast<id_t>(state_->process), &info, WEXITED | WNOHANG | WNOWAIT);
  return result == 0 && info.si_pid == 0;
}

std::string TestProxy::proxy() const { return state_->proxy; }
std::string TestProxy::sni() const { return state_->sni; }
std::string TestProxy::metadata() const { return state_->metadata; }
std::string TestProxy::admin() const { return state_->admin; }
std::string TestProxy::ca_file() const { return state_->file("ca/ca.pem"); }
std::string TestProxy::bundle_file() const { return state_->file("ca/bundle.pem"); }
std::string TestProxy::log() const { return read_file(state_->file("log")); }
pid_t TestProxy::pid() const { return state_->process; }
std::filesystem::path TestProxy::folder() const { return state_->folder.path(); }

std::vector<std::string> TestProxy::events(std::string_view event) const {
  const std::string wanted = "\"event\":\"" + std::string(event) + "\"";
  std::vector<std::string> found;
  std::istringstream lines(log());
  for (std::string line; std::getline(lines, line);) {
    if (!lines.eof() && line.find(wanted) != std::string::npos) found.push_back(line);
  }
  return found;
}

bool TestProxy::wait_for_event(std::string_view event, std::size_t count) const {
  return eventually([&] { return events(event).size() >= count; });
}

std::size_t TestProxy::memory() const {
  std::istringstream status(read_file("/proc/" + std::to_string(pid()) + "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6)) * 1024;
  }
  throw std::runtime_error("no VmRSS");
}

Environment TestProxy::client_environment() const {
  const std::string home = state_->file("client-home");
  std::filesystem::create_directories(home);
  return {{"HOME", home},
          {"CLOUDSDK_CONFIG", home + "/gcloud"},
          {"CLOUDSDK_CORE_PROJECT", "foo-project"},
          {"CLOUDSDK_CORE_DISABLE_PROMPTS", "1"},
          {"CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", bundle_file()},
          {"CURL_CA_BUNDLE", bundle_file()},
          {"HTTPS_PROXY", "http://" + proxy()},
          {"NO_PROXY", "127.0.0.1,localhost"},
          {"GCE_METADATA_ROOT", metadata()},
          {"GCE_METADATA_HOST", metadata()},
          {"GCE_METADATA_IP", metadata()}};
}

}  // namespace wif::test
