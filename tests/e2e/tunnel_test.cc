// Hosts that are no rule's: their bytes pass as they are. And what a TLS session may say of itself.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/client.h"
#include "tests/support/json.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

class Tunnel : public testing::Test {
 protected:
  std::string cloud_ca() { return folder.write("cloud-ca.pem", cloud.ca_pem()); }

  TemporaryFolder folder;
  sandbox::Cloud cloud;
};

// Opening a stranger's TLS would break pinned clients; adding a token would give it away.
TEST_F(Tunnel, PassesTlsUntouchedAndAddsNothing) {
  auto proxy = TestProxy(cloud).ec2().start();
  TlsClient::Options options;
  options.trust = cloud_ca();  // our own CA would not verify this
  TlsClient client(proxy, "outside.example", options);
  const Reply reply = client.exchange(
      request_text("GET", "/x", "outside.example", "Authorization: Basic bWU6bWU=\r\n"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(Seen(reply.body).values("authorization"), "Basic bWU6bWU=");
  EXPECT_EQ(reply.header("x-wif-proxy"), "");
}

// A client that has said all it wants waits for the rest of the answer: one direction's end must
// not be taken for both.
TEST_F(Tunnel, HalfCloseStillGetsTheAnswer) {
  const std::string endpoint = cloud.server("outside_http").endpoint();
  auto proxy = TestProxy(cloud).ec2().flag("--connect-to", "plain.example:443:" + endpoint).start();
  TcpClient client(proxy.proxy());
  ASSERT_EQ(client.exchange("CONNECT plain.example:443 HTTP/1.1\r\n\r\n", "CONNECT").status, 200);
  client.send(request_text("GET", "/slow?ms=300", "plain.example"));
  client.half_close();
  const Reply reply = client.read_reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.complete);
  EXPECT_EQ(client.read_to_end(), "");
}

// Bytes that came in one packet with the CONNECT belong to the tunnel.
TEST_F(Tunnel, EarlyBytesAreNotLost) {
  const std::string endpoint = cloud.server("outside_http").endpoint();
  auto proxy = TestProxy(cloud).ec2().flag("--connect-to", "plain.example:443:" + endpoint).start();
  TcpClient client(proxy.proxy());
  client.send("CONNECT plain.example:443 HTTP/1.1\r\n\r\n" +
              request_text("GET", "/early-bytes", "plain.example"));
  EXPECT_EQ(client.read_reply("CONNECT").status, 200);
  EXPECT_EQ(Seen(client.read_reply().body).target, "/early-bytes");
}

// An address opened by --allow-address can be reached, its neighbour cannot.
TEST_F(Tunnel, AllowedAddressIsTunnelled) {
  const std::string endpoint = cloud.server("outside_http").endpoint();
  const std::string port = endpoint.substr(endpoint.rfind(':') + 1);
  auto proxy = TestProxy(cloud)
                   .ec2()
                   .flag("--allow-address", "127.0.0.1/32:" + port)
                   .flag("--default-action", "tunnel")
                   .start();
  TcpClient client(proxy.proxy());
  ASSERT_EQ(client.exchange("CONNECT " + endpoint + " HTTP/1.1\r\n\r\n", "CONNECT").status, 200);
  EXPECT_EQ(client.exchange(request_text("GET", "/", endpoint)).status, 200);
  TcpClient other(proxy.proxy());
  const Reply refused = other.exchange(
      "CONNECT 127.0.0.1:" + std::to_string(cloud.port("imds")) + " HTTP/1.1\r\n\r\n", "CONNECT");
  EXPECT_EQ(refused.status, 403);
}

// Where nobody listens the client learns the class of the failure, and no address.
TEST_F(Tunnel, RefusedConnectionIs502) {
  auto proxy =
      TestProxy(cloud).ec2().flag("--connect-to", "nobody.example:443:127.0.0.1:1").start();
  TcpClient client(proxy.proxy());
  const Reply reply = client.exchange("CONNECT nobody.example:443 HTTP/1.1\r\n\r\n", "CONNECT");
  EXPECT_EQ(reply.status, 502);
  EXPECT_EQ(json_at(reply.body, "/error/details/0/reason"), "UPSTREAM_CONNECT");
  EXPECT_EQ(reply.body.find("127.0.0.1"), std::string::npos) << reply.body;
}

// An open tunnel is no handshake: counted as one, it would be cut when enough others follow.
TEST_F(Tunnel, OutlivesTheLimitOfHandshakes) {
  const std::string endpoint = cloud.server("outside_http").endpoint();
  auto proxy = TestProxy(cloud)
                   .ec2()
                   .flag("--threads", "1")
                   .flag("--max-handshakes", "1")
                   .flag("--connect-to", "plain.example:443:" + endpoint)
                   .start();
  std::vector<std::unique_ptr<TcpClient>> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(std::make_unique<TcpClient>(proxy.proxy()));
    const std::string connect = "CONNECT plain.example:443 HTTP/1.1\r\n\r\n";
    ASSERT_EQ(clients.back()->exchange(connect, "CONNECT").status, 200);
  }
  for (const auto& client : clients) {
    EXPECT_EQ(client->exchange(request_text("GET", "/", "plain.example")).status, 200);
  }
}

class Session : public Tunnel {};

// Another SNI than the CONNECT names would get a leaf for a host that no rule judged.
TEST_F(Session, OtherServerNameGetsAnAlertAndNoCertificate) {
  auto proxy = TestProxy(cloud).ec2().start();
  TlsClient::Options options;
  options.server_name = "bigquery.googleapis.com";
  try {
    const TlsClient client(proxy, "echo.googleapis.com", options);
    FAIL() << "the handshake went through";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("unrecognized name"), std::string::npos)
        << error.what();
  }
  EXPECT_TRUE(proxy.wait_for_event("authority_mismatch"));
}

// Without SNI the CONNECT's name stands in; a trailing dot and capitals are the same name.
TEST_F(Session, ServerNameMayBeMissingOrSpeltOtherwise) {
  auto proxy = TestProxy(cloud).ec2().start();
  for (const char* name : {"-", "ECHO.googleapis.com"}) {
    SCOPED_TRACE(name);
    TlsClient::Options options;
    options.server_name = name;
    TlsClient client(proxy, "echo.googleapis.com", options);
    EXPECT_EQ(client.exchange(request_text("GET", "/", "echo.googleapis.com")).status, 200);
  }
}

// Plaintext on an inject rule is closed: a token must never meet it.
TEST_F(Session, PlaintextInsideAnInjectedConnectIsClosed) {
  auto proxy = TestProxy(cloud).ec2().start();
  TcpClient client(proxy.proxy());
  ASSERT_EQ(client.exchange("CONNECT echo.googleapis.com:443 HTTP/1.1\r\n\r\n", "CONNECT").status,
            200);
  client.send(request_text("GET", "/", "echo.googleapis.com"));
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(proxy.wait_for_event("tls_expected"));
  EXPECT_EQ(cloud.arrivals().count("echo"), 0u);
}

// Host and absolute target must name the host of the CONNECT: 421 and the connection's end.
TEST_F(Session, OtherHostGets421) {
  auto proxy = TestProxy(cloud).ec2().start();
  for (const std::string& text :
       {request_text("GET", "/", "bigquery.googleapis.com"),
        request_text("GET", "/", "echo.googleapis.com:8443"),
        request_text("GET", "https://bigquery.googleapis.com/", "echo.googleapis.com")}) {
    SCOPED_TRACE(text);
    TlsClient client(proxy, "echo.googleapis.com");
    const Reply reply = client.exchange(text);
    EXPECT_EQ(reply.status, 421);
    EXPECT_EQ(json_at(reply.body, "/error/details/0/reason"), "HOST_MISMATCH");
    EXPECT_EQ(client.exchange(request_text("GET", "/", "echo.googleapis.com")).status, 0)
        << "the connection has to end";
  }
  EXPECT_EQ(cloud.arrivals().count("bigquery") + cloud.arrivals().count("echo"), 0u);
}

// The same host in other words is the same host.
TEST_F(Session, SameHostInOtherWordsIsServed) {
  auto proxy = TestProxy(cloud).ec2().start();
  TlsClient client(proxy, "echo.googleapis.com");
  for (const std::string& text :
       {request_text("GET", "/", "echo.googleapis.com:443"),
        request_text("GET", "/", "Echo.GoogleApis.com."),
        request_text("GET", "https://echo.googleapis.com/abs?q", "elsewhere.example"),
        request_text("OPTIONS", "*", "echo.googleapis.com")}) {
    SCOPED_TRACE(text);
    const Reply reply = client.exchange(text);
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(Seen(reply.body).values("host"), "echo.googleapis.com");
  }
}

}  // namespace
}  // namespace wif::test
