// Uploads: Expect, early answers, slow readers, and ends in the middle.
#include <gtest/gtest.h>

#include "tests/sandbox/echo.h"
#include "tests/support/client.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

constexpr const char* kHost = "echo.googleapis.com";

class Upload : public testing::Test {
 protected:
  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
};

// curl waits a second for 100 with large bodies; the upstream's own word is passed on.
TEST_F(Upload, ContinueComesFromTheUpstream) {
  TlsClient client(proxy, kHost);
  client.send(request_text("POST", "/", kHost, "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_EQ(client.read_reply().status, 100);
  const Reply reply = client.exchange("hello");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(Seen(reply.body).body_bytes, "5");
}

// An upstream that never says 100 must not stall the client: the proxy says it after a second.
TEST_F(Upload, ContinueComesFromTheProxyWhereTheUpstreamIsSilent) {
  sandbox::Failure late;
  late.kind = sandbox::Failure::Kind::kPassOn;
  late.delay = std::chrono::milliseconds(2500);
  cloud.failures().add("echo", late);
  TlsClient client(proxy, kHost);
  client.send(request_text("POST", "/", kHost, "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_EQ(client.read_reply().status, 100);
  const Reply reply = client.exchange("hello");
  EXPECT_EQ(reply.status, 200) << "no second 100 may follow: " << reply.head;
  EXPECT_EQ(Seen(reply.body).body_bytes, "5");
}

// A refusal in place of 100 spares the client the upload.
TEST_F(Upload, FinalAnswerInPlaceOfContinue) {
  TlsClient client(proxy, kHost);
  client.send(
      request_text("POST", "/early", kHost, "Expect: 100-continue\r\nContent-Length: 900000\r\n"));
  EXPECT_EQ(client.read_reply().status, 413);
}

// Unknown expectations are refused, as RFC 9110 10.1.1 asks.
TEST_F(Upload, OtherExpectationsAreRefused) {
  TlsClient client(proxy, kHost);
  EXPECT_EQ(client.exchange(request_text("GET", "/", kHost, "Expect: miracles\r\n")).status, 417);
}

// An answer before the upload's end is read by the client, although it is still sending.
TEST_F(Upload, EarlyAnswerReachesTheClient) {
  TlsClient client(proxy, kHost);
  client.send(request_text("POST", "/early", kHost, "Content-Length: 900000\r\n"));
  client.send(std::string(400000, 'x'));
  const Reply reply = client.read_reply();
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.body, "too large\n");
  EXPECT_EQ(client.read_to_end(), "");
}

// A client that goes away must not leave a request behind that looks complete.
TEST_F(Upload, CutUploadIsNotCompletedUpstream) {
  std::size_t rounds = 0;
  for (const char* framing : {"Content-Length: 500000\r\n", "Transfer-Encoding: chunked\r\n"}) {
    SCOPED_TRACE(framing);
    cloud.arrivals().clear();
    {
      TlsClient client(proxy, kHost);
      const bool chunked = framing[0] == 'T';
      client.send(request_text("POST", "/cut-upload", kHost, framing) +
                  (chunked ? "30d40\r\n" : "") + std::string(200000, 'x') +
                  (chunked ? "\r\n" : ""));
      EXPECT_TRUE(eventually([&] {
        const auto seen = cloud.arrivals().all("echo");
        return seen.size() == 1 && seen.front().body_bytes > 0;
      }));
    }
    // The echo answers only a whole body; its log line would tell 200.
    EXPECT_TRUE(proxy.wait_for_event("request", ++rounds));
    EXPECT_EQ(cloud.arrivals().count("echo", "/cut-upload"), 1u);
  }
  for (const std::string& line : proxy.events("request")) {
    EXPECT_EQ(line.find("\"status\":200"), std::string::npos) << line;
  }
}

// The mirror answers while it reads: a proxy that waited for one side would stop both.
TEST_F(Upload, BothDirectionsRunAtOnce) {
  TlsClient client(proxy, kHost);
  client.send(request_text("POST", "/mirror", kHost, "Transfer-Encoding: chunked\r\n"));
  client.send("5\r\nfirst\r\n");
  std::string answer;
  while (answer.find("first") == std::string::npos) {
    const std::string more = client.read_some();
    ASSERT_NE(more, "") << answer;
    answer += more;
  }
  client.send("6\r\nsecond\r\n0\r\n\r\n");
  while (answer.find("\r\n0\r\n\r\n") == std::string::npos) {
    const std::string more = client.read_some();
    ASSERT_NE(more, "") << answer;
    answer += more;
  }
  EXPECT_NE(answer.find("second"), std::string::npos);
}

}  // namespace
}  // namespace wif::test
