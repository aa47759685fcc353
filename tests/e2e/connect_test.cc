// CONNECT: the forms that clients write, and the places that it must not reach.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

class Connect : public testing::Test {
 protected:
  Reply connect(const TestProxy& proxy, const std::string& head) {
    TcpClient client(proxy.proxy());
    return client.exchange(head + "\r\n\r\n", "CONNECT");
  }
  Reply connect_to(const TestProxy& proxy, const std::string& authority) {
    return connect(proxy, "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority);
  }
  static std::string reason(const Reply& reply) {
    return json_at(reply.body, "/error/details/0/reason");
  }

  sandbox::Cloud cloud;
};

// Python sends HTTP/1.0 without any field, bq a Host without port, Java more fields (clients.md 2).
// Refusing one of these locks out that client.
TEST_F(Connect, FormsOfRealClients) {
  auto proxy = TestProxy(cloud).ec2().start();
  for (const char* head :
       {"CONNECT echo.googleapis.com:443 HTTP/1.0", "CONNECT echo.googleapis.com:443 HTTP/1.1",
        "CONNECT echo.googleapis.com:443 HTTP/1.1\r\nHost: echo.googleapis.com",
        "CONNECT echo.googleapis.com:443 HTTP/1.1\r\nHost: somewhere.else:80",
        "CONNECT echo.googleapis.com.:443 HTTP/1.1\r\nHost: echo.googleapis.com.:443",
        "CONNECT ECHO.googleapis.com:443 HTTP/1.1\r\nProxy-Connection: keep-alive\r\nAccept: "
        "*/*"}) {
    SCOPED_TRACE(head);
    const Reply reply = connect(proxy, head);
    EXPECT_EQ(reply.status, 200) << reply.head;
    EXPECT_TRUE(reply.head.starts_with("HTTP/1.1 200"));
    EXPECT_EQ(reply.header("content-length"), "");
    EXPECT_EQ(reply.header("transfer-encoding"), "");
  }
}

// A lenient port or a target with more in it is how requests are smuggled past a rule.
TEST_F(Connect, MalformedTargetsAreBadRequests) {
  auto proxy = TestProxy(cloud).ec2().start();
  for (const char* target : {"echo.googleapis.com",
                             "echo.googleapis.com:",
                             "echo.googleapis.com:0",
                             "echo.googleapis.com:65536",
                             "echo.googleapis.com:+443",
                             "echo.googleapis.com:-443",
                             "echo.googleapis.com:0x1bb",
                             "echo.googleapis.com:443/",
                             "echo.googleapis.com:443?a=b",
                             "user@echo.googleapis.com:443",
                             "user:word@echo.googleapis.com:443",
                             ":443",
                             "echo..googleapis.com:443",
                             ".googleapis.com:443",
                             "echo%2egoogleapis.com:443",
                             "echo.googleapis.com\\:443",
                             "http://echo.googleapis.com:443",
                             "/echo.googleapis.com:443",
                             "[echo.googleapis.com]:443",
                             "[::1:443",
                             "::1:443"}) {
    SCOPED_TRACE(target);
    const Reply reply = connect(proxy, "CONNECT " + std::string(target) + " HTTP/1.1");
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reason(reply), "BAD_REQUEST");
  }
}

// Other spellings of an address would pass a filter that only knows the usual one.
TEST_F(Connect, AddressSpellingsAreBadRequests) {
  auto proxy = TestProxy(cloud).ec2().start();
  for (const char* host : {"2130706433", "0x7f.1", "0x7f000001", "127.1", "0177.0.0.1",
                           "127.0.0.01", "127.0.0.1.", "1.2.3.4.5", "256.1.1.1", "[::ffff:7f00:1]",
                           "[::ffff:169.254.169.254]", "[0:0:0:0:0:0:0:1]", "[fe80::1%25eth0]"}) {
    SCOPED_TRACE(host);
    const Reply reply = connect_to(proxy, std::string(host) + ":443");
    EXPECT_TRUE(reply.status == 400 || reply.status == 403) << reply.head;
  }
}

// A client must not reach through us what its own network hides from it, least of all the
// metadata service with our AWS credentials.
TEST_F(Connect, PrivateAddressesAreRefused) {
  auto proxy = TestProxy(cloud).ec2().start();
  for (const char* authority : {"127.0.0.1:443",
                                "127.8.9.1:443",
                                "[::1]:443",
                                "0.0.0.0:443",
                                "[::]:443",
                                "169.254.169.254:443",
                                "169.254.170.2:80",
                                "169.254.170.23:80",
                                "[fe80::1]:443",
                                "[fd00:ec2::254]:80",
                                "[fd00:ec2::23]:80",
                                "224.0.0.1:443",
                                "255.255.255.255:443",
                                "[64:ff9b::a9fe:a9fe]:80",
                                "[2002:a9fe:a9fe::]:80",
                                "192.0.2.1:443",
                                "localhost:443",
                                "some.localhost:443",
                                "metadata:443",
                                "metadata.google.internal:443"}) {
    SCOPED_TRACE(authority);
    const Reply reply = connect_to(proxy, authority);
    EXPECT_EQ(reply.status, 403) << reply.head << reply.body;
    EXPECT_EQ(reason(reply), "PRIVATE_ADDRESS");
    EXPECT_TRUE(reply.head.starts_with("HTTP/1.1 403 wif-proxy PRIVATE_ADDRESS")) << reply.head;
  }
}

// Our own listeners through us would be a loop, or the admin page for everybody.
TEST_F(Connect, OwnListenersAreRefused) {
  // The ports have to be known beforehand, so that the option opens them.
  const std::uint16_t port = 20000 + static_cast<std::uint16_t>(::getpid() % 10000);
  const std::string admin_port = std::to_string(port + 1);
  auto proxy = TestProxy(cloud)
                   .ec2()
                   .without_flag("--listen-admin")
                   .flag("--listen-admin", "127.0.0.1:" + admin_port)
                   .flag("--allow-address", "127.0.0.0/8:" + admin_port)
                   .start();
  EXPECT_EQ(connect_to(proxy, proxy.proxy()).status, 403);
  for (const char* host : {"127.0.0.1:", "127.0.0.2:", "[::1]:"}) {
    EXPECT_EQ(connect_to(proxy, host + admin_port).status, 403) << host;
  }
}

// Through our identity a client could mint a real token for itself. The refusal has to be
// inside TLS, or Python prints three warnings per program.
TEST_F(Connect, TokenMintingHostsAreRefusedInsideTls) {
  auto proxy = TestProxy(cloud).ec2().start();
  const std::size_t before = cloud.arrivals().count("iam_credentials");
  for (const char* host :
       {"sts.googleapis.com", "iamcredentials.googleapis.com", "oauth2.googleapis.com",
        "iamcredentials.us-east1.rep.googleapis.com", "us-east1-sts.googleapis.com"}) {
    SCOPED_TRACE(host);
    TlsClient client(proxy, host);
    const Reply reply = client.exchange(
        request_text("GET", "/v1/projects/-/serviceAccounts/a@b/allowedLocations", host));
    EXPECT_EQ(reply.status, 403);
    EXPECT_EQ(reason(reply), "RULE_DENIED");
  }
  EXPECT_EQ(cloud.arrivals().count("iam_credentials"), before);
}

// A denied host is refused in the answer to CONNECT, and the status line says so.
TEST_F(Connect, DeniedHostGets403) {
  auto proxy = TestProxy(cloud).ec2().flag("--deny", "outside.example").start();
  const Reply reply = connect_to(proxy, "outside.example:443");
  EXPECT_EQ(reply.status, 403);
  EXPECT_TRUE(reply.head.starts_with("HTTP/1.1 403 wif-proxy RULE_DENIED")) << reply.head;
  EXPECT_EQ(reply.header("proxy-status"),
            "wif-proxy; error=http_request_denied; details=\"RULE_DENIED\"");
  EXPECT_EQ(json_at(reply.body, "/error/status"), "PERMISSION_DENIED");
  EXPECT_EQ(cloud.arrivals().count("outside"), 0u);
}

// With --inject only those hosts are open; a second Google API is none of them.
TEST_F(Connect, HostsOutsideTheRulesAreRefused) {
  auto proxy = TestProxy(cloud).ec2().flag("--inject", "echo.googleapis.com").start();
  EXPECT_EQ(curl(proxy, {echo_url("/")}).status, 200);
  EXPECT_EQ(connect_to(proxy, "bigquery.googleapis.com:443").status, 403);
  EXPECT_EQ(connect_to(proxy, "outside.example:443").status, 403);
}

// Another port of an API host is no way round the token's rule (R-6.5 b).
TEST_F(Connect, OtherPortsOfInjectedHostsAreRefused) {
  auto proxy = TestProxy(cloud).ec2().start();
  for (const char* port : {"80", "8443", "22"}) {
    EXPECT_EQ(connect_to(proxy, std::string("echo.googleapis.com:") + port).status, 403) << port;
  }
}

// A name that looks like Google's is tunnelled at most; it must never be intercepted.
TEST_F(Connect, NamesThatOnlyLookLikeGoogleGetNoLeaf) {
  auto proxy = TestProxy(cloud).ec2().start();
  for (const char* host : {"evilgoogleapis.com", "googleapis.com.evil.example", "googleapis.com",
                           "bigquery-googleapis.com"}) {
    SCOPED_TRACE(host);
    EXPECT_THROW(TlsClient(proxy, host), std::runtime_error);
  }
  EXPECT_EQ(cloud.arrivals().count("other"), 0u);
}

}  // namespace
}  // namespace wif::test
