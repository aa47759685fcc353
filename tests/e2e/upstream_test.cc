// The upstream side: reuse of connections, ends at the wrong moment, and answers that are none.
#include <gtest/gtest.h>

#include <thread>

#include "tests/sandbox/echo.h"
#include "tests/support/client.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

constexpr const char* kHost = "echo.googleapis.com";

class Upstream : public testing::Test {
 protected:
  static std::string reason(const Reply& reply) {
    return json_at(reply.body, "/error/details/0/reason");
  }
  std::uint64_t accepted() { return cloud.server("google_apis").accepted(); }

  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().flag("--threads", "1").start();
};

// A handshake per request would cost every client two round trips more.
TEST_F(Upstream, ConnectionIsReusedAcrossRequestsAndClients) {
  for (int i = 0; i < 3; ++i) {
    TlsClient client(proxy, kHost);
    for (int j = 0; j < 3; ++j) {
      const Reply reply = client.exchange(request_text("GET", "/", kHost));
      EXPECT_EQ(Seen(reply.body).connection, "1");
    }
  }
  EXPECT_EQ(accepted(), 1u);
}

// Node opens a connection per request: without resumption each is a full handshake.
TEST_F(Upstream, ClientSessionsAreResumed) {
  TlsClient first(proxy, kHost);
  EXPECT_EQ(first.exchange(request_text("GET", "/", kHost)).status, 200);
  EXPECT_EQ(SSL_session_reused(first.ssl()), 0);
  TlsClient::Options options;
  options.resume = SSL_get1_session(first.ssl());
  TlsClient second(proxy, kHost, options);
  EXPECT_EQ(SSL_session_reused(second.ssl()), 1);
  EXPECT_EQ(second.exchange(request_text("GET", "/", kHost)).status, 200);
  SSL_SESSION_free(options.resume);
}

// A connection that the server closed while it rested is no failure of the next GET: once more on
// a fresh one. 20 rounds, for the proxy may see the end before or after it sends.
TEST_F(Upstream, GetIsSentAgainOnceWhenARestedConnectionWasClosed) {
  TlsClient client(proxy, kHost);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.exchange(request_text("GET", "/", kHost)).status, 200);
    cloud.server("google_apis").drop_connections();
  }
}

// The server takes the request and closes without a word: GET goes once more and no oftener.
TEST_F(Upstream, GetIsSentAgainOnlyOnce) {
  TlsClient client(proxy, kHost);
  EXPECT_EQ(client.exchange(request_text("GET", "/", kHost)).status, 200);
  cloud.arrivals().clear();
  const Reply reply = client.exchange(request_text("GET", "/close", kHost));
  EXPECT_EQ(reply.status, 502);
  EXPECT_EQ(reason(reply), "UPSTREAM_CLOSED");
  EXPECT_EQ(cloud.arrivals().count("echo"), 2u);
}

// A POST may have been carried out although no answer came: it never goes twice.
TEST_F(Upstream, PostIsNeverSentAgain) {
  for (const char* path : {"/close", "/reset"}) {
    SCOPED_TRACE(path);
    TlsClient client(proxy, kHost);
    EXPECT_EQ(client.exchange(request_text("GET", "/", kHost)).status, 200);
    cloud.arrivals().clear();
    const Reply reply =
        client.exchange(request_text("POST", path, kHost, "Content-Length: 2\r\n") + "ab");
    EXPECT_EQ(reply.status, 502);
    EXPECT_EQ(reason(reply), "UPSTREAM_CLOSED");
    EXPECT_EQ(cloud.arrivals().count("echo"), 1u);
  }
}

// On a fresh connection there is no doubt that the server wants none of it: no second try.
TEST_F(Upstream, GetOnAFreshConnectionIsNotSentAgain) {
  TlsClient client(proxy, kHost);
  EXPECT_EQ(client.exchange(request_text("GET", "/reset", kHost)).status, 502);
  EXPECT_EQ(cloud.arrivals().count("echo"), 1u);
}

// A cut answer must look cut to the client, in either framing.
TEST_F(Upstream, CutAnswerIsNotCompleted) {
  for (const char* target : {"/cut/200000", "/cut/200000?chunked=1"}) {
    SCOPED_TRACE(target);
    TlsClient client(proxy, kHost);
    const Reply reply = client.exchange(request_text("GET", target, kHost));
    EXPECT_EQ(reply.status, 200);
    EXPECT_FALSE(reply.complete);
    EXPECT_LT(reply.body.size(), 200000u);
    EXPECT_EQ(sandbox::known_content(reply.body.size()), reply.body);
  }
}

// Neither is it completed for a client of HTTP/1.0, which knows only the connection's end: there a
// reset tells the cut from an end.
TEST_F(Upstream, CutChunkedAnswerIsNoOrderlyEndForAnOldClient) {
  TlsClient client(proxy, kHost);
  client.send("GET /cut/200000?chunked=1 HTTP/1.0\r\nHost: echo.googleapis.com\r\n\r\n");
  while (!client.read_some().empty()) {
  }
  EXPECT_EQ(SSL_get_shutdown(client.ssl()) & SSL_RECEIVED_SHUTDOWN, 0)
      << "close_notify would say that the body is whole";
}

// The same without TLS, where only a reset can tell.
TEST_F(Upstream, CutAnswerInPlainHttpIsResetForAnOldClient) {
  TcpClient client(proxy.proxy());
  client.send(
      "GET http://echo.googleapis.com/cut/200000?chunked=1 HTTP/1.0\r\nHost: a.example\r\n\r\n");
  while (!client.read_some().empty()) {
  }
  EXPECT_TRUE(client.was_reset()) << "an orderly end would say that the body is whole";
}

// Answers that no parser should agree to; the connection they came on is not used again.
TEST_F(Upstream, MalformedAnswersAre502) {
  for (const char* answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: "
        "chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\na", "HTTP/1.1 200 OK\r\nBad : 1\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "no http at all\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"}) {
    SCOPED_TRACE(answer);
    TlsClient client(proxy, kHost);
    const Reply reply = client.exchange(request_text("GET", raw_answer_path(answer), kHost));
    EXPECT_EQ(reply.status, 502);
    EXPECT_EQ(reason(reply), "UPSTREAM_PROTOCOL");
    EXPECT_EQ(client.exchange(request_text("GET", "/bytes/1", kHost)).body, "0");
  }
}

// Bytes behind an answer belong to nobody; the next client must not get them.
TEST_F(Upstream, SurplusBytesReachNoOtherRequest) {
  const std::string surplus =
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: "
      "6\r\n\r\npoison";
  TlsClient client(proxy, kHost);
  EXPECT_EQ(client.exchange(request_text("GET", raw_answer_path(surplus), kHost)).body, "a");
  EXPECT_EQ(client.exchange(request_text("GET", "/bytes/2", kHost)).body, "01");
}

// A reader that stops must stop the sender: without back-pressure the proxy would hold it all.
TEST_F(Upstream, SlowReaderHoldsTheSenderBack) {
  constexpr std::size_t kSize = 4 * kMaxGrowth;
  TlsClient::Options options;
  options.receive_buffer = 64 * 1024;
  TlsClient client(proxy, kHost, options);
  const std::size_t before = proxy.memory();
  client.send(request_text("GET", "/bytes/" + std::to_string(kSize), kHost));
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // time to swallow it, if it does
  EXPECT_LT(proxy.memory(), before + kMaxGrowth);
  const Reply reply = client.read_reply();
  EXPECT_TRUE(reply.complete);
  EXPECT_EQ(reply.body.size(), kSize);
}

// One host that does not answer must not hold up another.
TEST_F(Upstream, SilentRequestDoesNotDelayOthers) {
  TlsClient waiting(proxy, kHost);
  waiting.send(request_text("GET", "/hang", kHost));
  EXPECT_TRUE(eventually([&] { return cloud.arrivals().count("echo", "/hang") == 1; }));
  for (int i = 0; i < 5; ++i) {
    TlsClient client(proxy, kHost);
    EXPECT_EQ(client.exchange(request_text("GET", "/", kHost)).status, 200);
  }
}

// No answer in time is 504, and the client may go on.
TEST_F(Upstream, SilenceIs504) {
  auto impatient = TestProxy(cloud).ec2().flag("--response-timeout", "1s").start();
  TlsClient client(impatient, kHost);
  const Reply reply = client.exchange(request_text("GET", "/hang", kHost));
  EXPECT_EQ(reply.status, 504);
  EXPECT_EQ(reason(reply), "UPSTREAM_TIMEOUT");
}

}  // namespace
}  // namespace wif::test
