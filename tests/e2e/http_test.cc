// Messages as HTTP/1.1 frames them, through a terminated session: what goes in comes out.
#include <gtest/gtest.h>

#include "tests/sandbox/crypto.h"
#include "tests/sandbox/echo.h"
#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

constexpr const char* kHost = "echo.googleapis.com";

std::string sha256_hex(std::string_view bytes) { return sandbox::to_hex(sandbox::sha256(bytes)); }

class Http : public testing::Test {
 protected:
  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
};

// A chunked upload has no length to check by; its bytes and its end have to be the client's.
TEST_F(Http, ChunkedBodyArrivesWhole) {
  TlsClient client(proxy, kHost);
  const Reply reply =
      client.exchange(request_text("POST", "/up", kHost, "Transfer-Encoding: chunked\r\n") +
                      "5;name=value\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n");
  const Seen seen(reply.body);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(seen.body_sha256, sha256_hex("hello world"));
  EXPECT_EQ(seen.values("transfer-encoding") + seen.values("content-length"), "chunked");
}

// A length that the client gave is kept: Google's upload servers want it (clients.md 2).
TEST_F(Http, ContentLengthIsKept) {
  TlsClient client(proxy, kHost);
  const Reply reply =
      client.exchange(request_text("PUT", "/up", kHost, "Content-Length: 5\r\n") + "hello");
  EXPECT_EQ(Seen(reply.body).values("content-length"), "5");
  EXPECT_EQ(Seen(reply.body).body_sha256, sha256_hex("hello"));
}

// bq sends GET with Content-Length: 0.
TEST_F(Http, GetWithEmptyBody) {
  TlsClient client(proxy, kHost);
  for (int i = 0; i < 2; ++i) {
    const Reply reply = client.exchange(request_text("GET", "/", kHost, "Content-Length: 0\r\n"));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(Seen(reply.body).body_bytes, "0");
  }
}

// gRPC and checksums live in trailers, both ways.
TEST_F(Http, TrailersPassBothWays) {
  TlsClient client(proxy, kHost);
  const Reply reply = client.exchange(
      request_text("POST", "/trailers", kHost,
                   "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\nTE: trailers\r\n") +
      "2\r\nab\r\n0\r\nX-Sum: 12\r\n\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(Seen(reply.body).trailers, (sandbox::HeaderList{{"x-sum", "12"}}));
  EXPECT_NE(reply.trailers.find(sha256_hex(reply.body)), std::string::npos) << reply.trailers;
  EXPECT_EQ(reply.header("x-rows"), "") << "a trailer must not become a header";
}

// These have no body whatever their fields say; waiting for one would hang the connection.
TEST_F(Http, AnswersWithoutABodyKeepTheConnection) {
  TlsClient client(proxy, kHost);
  const Reply head = client.exchange(request_text("HEAD", "/bytes/1000", kHost), "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "1000");
  EXPECT_EQ(client.exchange(request_text("DELETE", "/status/204", kHost)).status, 204);
  const Reply unchanged = client.exchange(request_text("GET", "/status/304", kHost));
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.header("etag"), "\"sandbox\"");
  EXPECT_EQ(client.exchange(request_text("GET", "/bytes/3", kHost)).body, "012");
}

// The fields of a partial answer are the client's to interpret.
TEST_F(Http, RangeAndItsAnswerPass) {
  const CurlAnswer answer =
      curl(proxy, {"-r", "5-9", echo_url("/fields?Content-Range=bytes+5-9/10")});
  EXPECT_EQ(Seen(answer.body).values("range"), "bytes=5-9");
  EXPECT_EQ(answer.header("content-range"), "bytes 5-9/10");
}

// 308 says "go on uploading"; a proxy that followed or changed it would break resumable uploads.
TEST_F(Http, ResumeIncompleteIsAnAnswerLikeAnyOther) {
  TlsClient client(proxy, kHost);
  const Reply reply =
      client.exchange(request_text("PUT", "/status/308", kHost,
                                   "Content-Range: bytes 0-4/*\r\nContent-Length: 5\r\n") +
                      "hello");
  EXPECT_EQ(reply.status, 308);
  EXPECT_EQ(reply.header("range"), "bytes=0-262143");
  EXPECT_EQ(reply.header("location"), "");
  const Reply moved = client.exchange(request_text("GET", "/status/302?to=https://a.b/c", kHost));
  EXPECT_EQ(moved.status, 302);
  EXPECT_EQ(moved.header("location"), "https://a.b/c");
}

// Paths and queries pass byte for byte: rclone and object_store write what a decoder would change.
TEST_F(Http, TargetsPassByteForByte) {
  TlsClient client(proxy, kHost);
  for (const char* target :
       {"/b/o/dir%2Fname", "/a//b/../c/./d", "/foo%2Dbucket/t%2Ecsv", "/x?", "/x?a=1&&b=%20&a=2&",
        "/x?q=a+b%2B;c", "/~!$&'()*+,;=:@", "/%e3%81%82", "/x?y=http://z/?w", "//double"}) {
    SCOPED_TRACE(target);
    EXPECT_EQ(Seen(client.exchange(request_text("GET", target, kHost)).body).target, target);
  }
}

// An interim answer is passed on at once, and the final one after it.
TEST_F(Http, EarlyHintsAreRelayed) {
  TlsClient client(proxy, kHost);
  client.send(request_text("GET", "/interim", kHost));
  const Reply interim = client.read_reply();
  EXPECT_EQ(interim.status, 103);
  EXPECT_EQ(interim.header("link"), "</style.css>; rel=preload");
  const Reply reply = client.read_reply();
  EXPECT_EQ(reply.status, 200) << reply.body;
}

// Answers have to come in the order of the requests, each to its own.
TEST_F(Http, PipelinedRequestsAreAnsweredInOrder) {
  TlsClient client(proxy, kHost);
  client.send(request_text("GET", "/slow?ms=200", kHost) + request_text("GET", "/second", kHost) +
              request_text("POST", "/third", kHost, "Content-Length: 2\r\n") + "ab" +
              request_text("GET", "/fourth", kHost));
  for (const char* target : {"/slow?ms=200", "/second", "/third", "/fourth"}) {
    EXPECT_EQ(Seen(client.read_reply().body).target, target);
  }
}

// A client of HTTP/1.0 knows neither chunks nor interim answers.
TEST_F(Http, OldClientGetsNoChunks) {
  for (const char* path : {"/chunked/100000", "/trailers", "/interim"}) {
    SCOPED_TRACE(path);
    TlsClient client(proxy, kHost);
    client.send("GET " + std::string(path) + " HTTP/1.0\r\nHost: " + kHost + "\r\n\r\n");
    const Reply reply = client.read_reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("transfer-encoding"), "");
    EXPECT_EQ(client.read_to_end(), "");
    if (reply.head.find("/chunked") != std::string::npos) {
      EXPECT_EQ(reply.body, sandbox::known_content(100000));
    }
  }
}

// Bodies of every framing come back unchanged, across the sizes of buffers.
TEST_F(Http, BodiesOfManySizesAreUnchanged) {
  TlsClient client(proxy, kHost);
  for (const std::size_t size :
       {0u, 1u, 15u, 16383u, 16384u, 16385u, 65535u, 65536u, 65537u, 262144u, 1000003u}) {
    SCOPED_TRACE(size);
    const std::string wanted = sandbox::known_content(size);
    for (const char* kind : {"/bytes/", "/chunked/"}) {
      const Reply reply = client.exchange(request_text("GET", kind + std::to_string(size), kHost));
      EXPECT_TRUE(reply.complete);
      EXPECT_TRUE(reply.body == wanted) << kind << reply.body.size();
    }
    const Reply up = client.exchange(
        request_text("POST", "/", kHost, "Content-Length: " + std::to_string(size) + "\r\n") +
        wanted);
    EXPECT_EQ(Seen(up.body).body_sha256, sha256_hex(wanted));
  }
}

// A program without a proxy variable for https may write https:// in absolute form.
TEST_F(Http, AbsoluteFormIsServed) {
  TcpClient client(proxy.proxy());
  for (const char* scheme : {"http", "https", "HTTP"}) {
    SCOPED_TRACE(scheme);
    const Reply reply = client.exchange(request_text(
        "GET", std::string(scheme) + "://echo.googleapis.com/abs?x=1", "other.example"));
    EXPECT_EQ(reply.status, 200) << reply.body;
    const Seen seen(reply.body);
    EXPECT_EQ(seen.target, "/abs?x=1");
    EXPECT_EQ(seen.values("host"), kHost) << "absolute-form wins over Host";
    EXPECT_EQ(seen.server_name, kHost) << "it went over TLS (R-4.1.5)";
  }
}

// What belongs to one hop ends there, in both directions; Alt-Svc would lead clients round us.
TEST_F(Http, HopByHopFieldsEndHere) {
  TlsClient client(proxy, kHost);
  const Reply reply = client.exchange(request_text(
      "GET", "/fields?Alt-Svc=h3&Connection=X-Mine&X-Mine=1&Keep-Alive=5&X-Wif-Proxy=forged&Ok=1",
      kHost,
      "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 3\r\nProxy-Connection: a\r\n"
      "Upgrade: h2c\r\nHTTP2-Settings: AA\r\nTE: gzip, trailers\r\nX-End: 1\r\n"));
  const Seen seen(reply.body);
  for (const char* name :
       {"x-hop", "keep-alive", "proxy-connection", "upgrade", "http2-settings"}) {
    EXPECT_EQ(seen.values(name), "") << name;
  }
  EXPECT_EQ(seen.values("te"), "trailers");
  EXPECT_EQ(seen.values("x-end"), "1");
  for (const char* name : {"alt-svc", "x-mine", "keep-alive"}) {
    EXPECT_EQ(reply.header(name), "") << name;
  }
  EXPECT_EQ(reply.header("ok"), "1");
  EXPECT_TRUE(reply.header("x-wif-proxy").starts_with("id=")) << reply.head;
  EXPECT_EQ(reply.head.find("forged"), std::string::npos);
}

}  // namespace
}  // namespace wif::test
