// Forms of HTTP that one client or another uses and the other tests do not cover (clients.md 1, 2).
#include <gtest/gtest.h>

#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

constexpr const char* kHost = "echo.googleapis.com";

class ClientForms : public testing::Test {
 protected:
  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
};

// Python up to 3.11: HTTP/1.0, and not one field; bq, gsutil, Node and Java: no ALPN.
TEST_F(ClientForms, OldestConnectAndNoAlpn) {
  const CurlAnswer answer = curl(
      proxy, {"--proxy1.0", proxy.proxy(), "--proxy-header", "Host:", "--proxy-header",
              "User-Agent:", "--proxy-header", "Proxy-Connection:", "--no-alpn", echo_url("/")});
  EXPECT_EQ(answer.status, 200) << answer.error;
  EXPECT_EQ(answer.connect_status, 200);
}

// Node uploads pieces of unknown length, and the total is unknown as well.
TEST_F(ClientForms, ResumableUploadOfUnknownLength) {
  TlsClient client(proxy, kHost);
  const Reply reply =
      client.exchange(request_text("PUT", "/upload?uploadType=resumable&upload_id=x", kHost,
                                   "Content-Range: bytes 0-*/*\r\nTransfer-Encoding: chunked\r\n") +
                      "5\r\nhello\r\n0\r\n\r\n");
  const Seen seen(reply.body);
  EXPECT_EQ(seen.values("content-range"), "bytes 0-*/*");
  EXPECT_EQ(seen.body_bytes, "5");
}

// Go asks for 200 in place of 308 and finds the real status in a field.
TEST_F(ClientForms, ResumableUploadOfGo) {
  TlsClient client(proxy, kHost);
  const Reply reply = client.exchange(
      request_text(
          "POST", "/fields?X-HTTP-Status-Code-Override=308", kHost,
          "X-GUploader-No-308: yes\r\nContent-Range: bytes 0-4/*\r\nContent-Length: 5\r\n") +
      "hello");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("x-http-status-code-override"), "308");
  EXPECT_EQ(Seen(reply.body).values("x-guploader-no-308"), "yes");
}

// Java compresses its requests.
TEST_F(ClientForms, CompressedBodyStaysCompressed) {
  TlsClient client(proxy, kHost);
  const Reply reply = client.exchange(
      request_text("POST", "/", kHost, "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n") +
      "3\r\n\x1f\x8b\x08\r\n0\r\n\r\n");
  EXPECT_EQ(Seen(reply.body).values("content-encoding"), "gzip");
  EXPECT_EQ(Seen(reply.body).body_bytes, "3");
}

// Python's google-auth asks in the background of every program; the no has to be quiet.
TEST_F(ClientForms, AllowedLocationsAreRefusedQuietly) {
  const std::string host = "iamcredentials.googleapis.com";
  TlsClient client(proxy, host);
  const Reply reply = client.exchange(
      request_text("GET", "/v1/projects/-/serviceAccounts/a@b/allowedLocations", host));
  EXPECT_EQ(reply.status, 403);
  ASSERT_TRUE(proxy.wait_for_event("request"));
  EXPECT_NE(proxy.events("request").back().find("\"level\":\"info\""), std::string::npos);
}

}  // namespace
}  // namespace wif::test
