// Ends: what SIGTERM promises to requests under way.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>
#include <vector>

#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

constexpr const char* kHost = "echo.googleapis.com";

class Drain : public testing::Test {
 protected:
  // A request that waits in the echo service.
  void begin_request(Client& client, const std::string& target) {
    client.send(request_text("GET", target, kHost));
    ASSERT_TRUE(eventually([&] { return cloud.arrivals().count("echo", target) == 1; }));
  }

  sandbox::Cloud cloud;
};

// A deployment must lose no request: clients go elsewhere once /readyz says so, and everything
// that began before is answered.
TEST_F(Drain, NoRequestFailsUnderLoad) {
  auto proxy = TestProxy(cloud)
                   .ec2()
                   .without_flag("--drain-max")
                   .flag("--drain-min", "3s")
                   .flag("--drain-max", "30s")
                   .start();
  std::atomic<bool> stop{false};
  std::atomic<int> good{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 6; ++i) {
    clients.emplace_back([&, keeps = i % 2 == 0] {
      while (!stop) {
        try {
          TlsClient client(proxy, kHost);
          for (int j = 0; j < (keeps ? 5 : 1) && !stop; ++j) {
            const Reply reply = client.exchange(request_text("GET", "/slow?ms=20", kHost));
            ++(reply.status == 200 && reply.complete ? good : failed);
            if (reply.header("connection") == "close") break;
          }
        } catch (const std::exception& error) {
          ++failed;
          ADD_FAILURE() << error.what();
        }
      }
    });
  }
  EXPECT_TRUE(eventually([&] { return good > 50; }));
  proxy.signal(SIGTERM);
  EXPECT_TRUE(eventually(
      [&] { return curl_direct({"http://" + proxy.admin() + "/readyz"}).status == 503; }));
  const int before = good;
  EXPECT_TRUE(eventually([&] { return good > before + 20; })) << "it still has to serve";
  stop = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(proxy.wait_for_end(), 0);
}

// A request under way is answered whole, with word that the connection ends; nothing new begins.
TEST_F(Drain, RequestUnderWayIsAnswered) {
  auto proxy =
      TestProxy(cloud).ec2().without_flag("--drain-max").flag("--drain-max", "30s").start();
  TlsClient busy(proxy, kHost);
  TlsClient idle(proxy, kHost);
  EXPECT_EQ(idle.exchange(request_text("GET", "/", kHost)).status, 200);
  begin_request(busy, "/slow?ms=1500");
  proxy.signal(SIGTERM);
  EXPECT_EQ(idle.read_to_end(), "") << "idle connections end at once";
  EXPECT_TRUE(proxy.wait_for_event("drain"));
  EXPECT_THROW(TcpClient(proxy.proxy()), std::runtime_error) << "nobody may listen any more";
  const Reply reply = busy.read_reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.complete);
  EXPECT_EQ(reply.header("connection"), "close");
  EXPECT_EQ(proxy.wait_for_end(), 0);
}

// A client that was on its way when the signal came has connected as far as it knows.
TEST_F(Drain, ClientThatHadConnectedIsServed) {
  for (int i = 0; i < 5; ++i) {
    auto proxy = TestProxy(cloud).ec2().start();
    proxy.signal(SIGSTOP);
    TcpClient client(proxy.proxy());
    client.send(std::string("CONNECT ") + kHost + ":443 HTTP/1.1\r\n\r\n");
    proxy.signal(SIGTERM);
    proxy.signal(SIGCONT);
    EXPECT_EQ(client.read_reply("CONNECT").status, 200);
  }
}

// A request that never ends must not keep the process beyond its time.
TEST_F(Drain, EndsAtTheLatestAtItsMaximum) {
  auto proxy = TestProxy(cloud).ec2().start();  // --drain-max 2s
  TlsClient client(proxy, kHost);
  begin_request(client, "/hang");
  proxy.signal(SIGTERM);
  EXPECT_EQ(proxy.wait_for_end(), 0);
  EXPECT_FALSE(client.read_reply().complete);
}

// Whoever is in a hurry sends it twice.
TEST_F(Drain, SecondSignalEndsAtOnce) {
  for (const int second : {SIGTERM, SIGINT}) {
    auto proxy =
        TestProxy(cloud).ec2().without_flag("--drain-max").flag("--drain-max", "300s").start();
    cloud.arrivals().clear();
    TlsClient client(proxy, kHost);
    begin_request(client, "/hang");
    proxy.signal(SIGTERM);
    ASSERT_TRUE(proxy.wait_for_event("drain"));
    EXPECT_TRUE(proxy.running());
    proxy.signal(second);
    EXPECT_EQ(proxy.wait_for_end(), 0);
  }
}

// A tunnel is a connection under way as well: it ends with the process, not before its time.
TEST_F(Drain, TunnelLivesUntilTheMaximum) {
  const std::string endpoint = cloud.server("outside_http").endpoint();
  auto proxy = TestProxy(cloud).ec2().flag("--connect-to", "plain.example:443:" + endpoint).start();
  TcpClient client(proxy.proxy());
  ASSERT_EQ(client.exchange("CONNECT plain.example:443 HTTP/1.1\r\n\r\n", "CONNECT").status, 200);
  proxy.signal(SIGTERM);
  EXPECT_TRUE(proxy.wait_for_event("drain"));
  EXPECT_EQ(client.exchange(request_text("GET", "/", "plain.example")).status, 200);
  EXPECT_EQ(proxy.wait_for_end(), 0);
}

// SIGHUP is not an end; a reload that is not there yet must not stop the service.
TEST_F(Drain, HangUpIsSurvived) {
  auto proxy = TestProxy(cloud).ec2().start();
  proxy.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return proxy.log().find("reload") != std::string::npos; }));
  EXPECT_EQ(curl(proxy, {echo_url("/")}).status, 200);
  EXPECT_EQ(proxy.stop(), 0);
}

// Files are written under another name first: one that was ended in between would leave it there.
TEST(DrainAtStart, LeavesNoHalfWrittenFile) {
  const TemporaryFolder folder;
  const std::string token = folder.write("token", "ya29.a-token");
  const std::filesystem::path exported = folder.path() / "export";
  const auto start = [&] {
    return spawn(
        {WIF_PROXY_BINARY, "serve", "-q", "--listen", "127.0.0.1:0", "--listen-metadata", "off",
         "--listen-admin", "off", "--token-file", token, "--ca-export-dir", exported.string()},
        {}, folder.path() / "out", folder.path() / "err");
  };
  const auto end = [](pid_t process) {
    ::kill(process, SIGTERM);
    return wait_for_exit(process, std::chrono::seconds(30));
  };
  // How long it takes until everything is there.
  const auto begun = std::chrono::steady_clock::now();
  const pid_t first = start();
  ASSERT_TRUE(eventually(
      [&] { return read_file(folder.path() / "err").find("\"ready\"") != std::string::npos; }));
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_EQ(end(first), 0);
  constexpr int kMoments = 60;
  for (int i = 0; i < kMoments; ++i) {
    const pid_t process = start();
    std::this_thread::sleep_for(took * i / kMoments);
    const int exit_code = end(process);
    EXPECT_TRUE(exit_code == 0 || exit_code == 128 + SIGTERM) << exit_code;
  }
  for (const auto& file : std::filesystem::directory_iterator(exported)) {
    const std::string kind = file.path().extension();
    EXPECT_TRUE(kind == ".pem" || kind == ".json") << file.path();
  }
}

}  // namespace
}  // namespace wif::test
