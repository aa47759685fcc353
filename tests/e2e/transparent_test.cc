// The transparent listener: TLS without CONNECT, where the server name is all there is.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>
#include <thread>

#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

class Transparent : public testing::Test {
 protected:
  TestProxy listening() {
    TestProxy proxy(cloud);
    proxy.ec2().flag("--listen-sni", "127.0.0.1:0");
    return proxy;
  }

  // curl without any proxy, as if the network had steered its connection to the listener.
  static CurlAnswer steered(const TestProxy& proxy, const std::string& trust,
                            std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--connect-to", "::" + proxy.sni(), "--cacert", trust});
    return curl_direct(arguments);
  }
  static CurlAnswer steered(const TestProxy& proxy, const std::vector<std::string>& arguments) {
    return steered(proxy, proxy.ca_file(), arguments);
  }
  // The only line that says why a connection was refused, or its value there.
  static std::string denial(const TestProxy& proxy, const std::string& key) {
    if (!proxy.wait_for_event("sni_denied")) return "no sni_denied in the log";
    return json_at(proxy.events("sni_denied").back(), "/" + key);
  }

  TemporaryFolder folder;
  sandbox::Cloud cloud;
};

// What a client sends first for that name.
std::string client_hello(const std::string& name) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);  // which ssl owns from now on
  SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  SSL_connect(ssl.get());
  std::string bytes(BIO_ctrl_pending(out), '\0');
  BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

// The client that the listener is for: no proxy variable, no credential, and yet a token.
TEST_F(Transparent, ClientWithoutProxySettingsGetsTheToken) {
  auto proxy = listening().start();
  const CurlAnswer answer = steered(proxy, {echo_url("/x?y")});
  ASSERT_EQ(answer.status, 200) << answer.error;
  const Seen seen(answer.body);
  EXPECT_EQ(seen.target, "/x?y");
  EXPECT_EQ(seen.values("authorization"),
            "Bearer [token of access-from-aws@foo-project.iam.gserviceaccount.com]");
  const CurlAnswer query = steered(proxy, {std::string(kBigQuery) + "/datasets"});
  EXPECT_EQ(query.status, 200) << query.body;
}

// A second request for another host inside the session was judged by nobody.
TEST_F(Transparent, OtherHostInsideTheSessionGets421) {
  auto proxy = listening().start();
  const CurlAnswer answer = steered(proxy, {"-H", "Host: bigquery.googleapis.com", echo_url("/")});
  EXPECT_EQ(answer.status, 421);
  EXPECT_EQ(cloud.arrivals().count("bigquery") + cloud.arrivals().count("echo"), 0u);
}

// Bytes of a stranger's host pass unseen: its own certificate verifies, and nothing is added.
TEST_F(Transparent, OtherHostsAreTunnelled) {
  auto proxy = listening().start();
  const std::string trust = folder.write("cloud-ca.pem", cloud.ca_pem());
  const CurlAnswer answer = steered(proxy, trust, {"https://outside.example/"});
  ASSERT_EQ(answer.status, 200) << answer.error;
  EXPECT_EQ(Seen(answer.body).values("authorization"), "");
  EXPECT_EQ(answer.header("x-wif-proxy"), "");
  ASSERT_TRUE(proxy.wait_for_event("request"));
  EXPECT_EQ(json_at(proxy.events("request").back(), "/action"), "tunnel");
  EXPECT_EQ(json_at(proxy.events("request").back(), "/host"), "outside.example");
}

// What no rule admits is closed before a certificate is made for it.
TEST_F(Transparent, UnmatchedServerNameIsClosed) {
  auto proxy = listening().flag("--inject", "echo.googleapis.com").start();
  const CurlAnswer answer = steered(proxy, {"https://outside.example/"});
  EXPECT_EQ(answer.exit_code, 35) << answer.error;
  EXPECT_NE(answer.error.find("unrecognized name"), std::string::npos) << answer.error;
  EXPECT_EQ(denial(proxy, "server_name"), "outside.example");
  EXPECT_EQ(denial(proxy, "reason"), "RULE_DENIED");
  EXPECT_EQ(cloud.arrivals().count("outside"), 0u);
}

// A refusal for a name that our CA may sign is readable: it comes inside TLS.
TEST_F(Transparent, DeniedButCoveredHostGetsItsAnswerInsideTls) {
  auto proxy = listening().flag("--deny", "echo.googleapis.com").start();
  const CurlAnswer answer = steered(proxy, {echo_url("/")});
  EXPECT_EQ(answer.status, 403) << answer.error;
  EXPECT_EQ(json_at(answer.body, "/error/details/0/reason"), "RULE_DENIED");
  EXPECT_EQ(cloud.arrivals().count("echo"), 0u);
}

// Without a name nobody knows which rule to apply, and the original destination is not asked.
TEST_F(Transparent, NoServerNameIsClosed) {
  auto proxy = listening().start();
  // curl sends no server name for an address.
  const CurlAnswer answer = curl_direct({"--insecure", "https://" + proxy.sni() + "/"});
  EXPECT_EQ(answer.exit_code, 35) << answer.error;
  EXPECT_EQ(denial(proxy, "error"), "the ClientHello has no server name");
}

// A name that is none must not reach the rules or the resolver.
TEST_F(Transparent, ServerNamesThatAreNoHostAreClosed) {
  auto proxy = listening().start();
  for (const char* name : {"localhost", "metadata.google.internal", "127.0.0.1",
                           "a..googleapis.com", "echo%2egoogleapis.com", "2130706433"}) {
    SCOPED_TRACE(name);
    TcpClient client(proxy.sni());
    client.send(client_hello(name));
    const std::string answer = client.read_to_end();
    EXPECT_EQ(answer, std::string("\x15\x03\x03\x00\x02\x02\x70", 7)) << "more than an alert";
  }
  EXPECT_TRUE(proxy.wait_for_event("sni_denied", 6));
}

// Something that is no TLS gets no byte at all.
TEST_F(Transparent, PlaintextIsClosed) {
  auto proxy = listening().start();
  TcpClient client(proxy.sni());
  client.send("CONNECT echo.googleapis.com:443 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(denial(proxy, "error"), "a TLS ClientHello was expected");
}

// Large ClientHellos come in several packets.
TEST_F(Transparent, ClientHelloInPiecesIsServed) {
  auto proxy = listening().start();
  TcpClient client(proxy.sni());
  const std::string hello = client_hello("echo.googleapis.com");
  for (std::size_t at = 0; at < hello.size(); at += 100) {
    client.send(std::string_view(hello).substr(at, 100));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const std::string answer = client.read_some();
  EXPECT_EQ(answer.substr(0, 1), "\x16") << "no ServerHello";
}

// Who starts and does not go on must not hold a connection.
TEST_F(Transparent, SlowClientHelloIsClosed) {
  auto proxy = listening().flag("--handshake-timeout", "1s").start();
  TcpClient client(proxy.sni());
  client.send(client_hello("echo.googleapis.com").substr(0, 20));
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(proxy.running());
}

// The listener's own address through itself would be a loop.
TEST_F(Transparent, NameThatLeadsBackIsRefused) {
  auto proxy = listening()
                   .flag("--allow-address", "127.0.0.1/32:" + std::to_string(20443))
                   .without_flag("--listen-sni")
                   .flag("--listen-sni", "127.0.0.1:20443")
                   .flag("--connect-to", "loop.example:443:127.0.0.1:20443")
                   .start();
  const CurlAnswer answer = steered(proxy, {"https://loop.example/"});
  EXPECT_EQ(answer.exit_code, 35) << answer.error;
  ASSERT_TRUE(proxy.wait_for_event("request"));
  EXPECT_EQ(json_at(proxy.events("request").back(), "/reason"), "PRIVATE_ADDRESS");
  EXPECT_EQ(proxy.events("request").size(), 1u);
}

// Off unless asked for; where it is on, it is listed with the others.
TEST_F(Transparent, IsListedWhereListenersAre) {
  auto proxy = listening().start();
  const CurlAnswer status = curl_direct({"http://" + proxy.admin() + "/status"});
  EXPECT_EQ(json_at(status.body, "/listeners/sni/0"), proxy.sni());
  auto without = TestProxy(cloud).ec2().start();
  EXPECT_EQ(without.sni(), "off");
}

// Requests under way end in order, new connections are not taken.
TEST_F(Transparent, DrainsLikeTheOtherListener) {
  auto proxy = listening().without_flag("--drain-max").flag("--drain-max", "20s").start();
  CurlAnswer answer;
  std::thread slow([&] { answer = steered(proxy, {echo_url("/slow?ms=1500")}); });
  eventually([&] { return cloud.arrivals().count("echo") > 0; });
  EXPECT_EQ(proxy.stop(), 0);
  slow.join();
  EXPECT_EQ(answer.status, 200) << answer.error;
}

}  // namespace
}  // namespace wif::test
