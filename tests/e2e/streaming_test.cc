// Large bodies: every byte unchanged, and none of them kept (P16, P17).
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "tests/sandbox/crypto.h"
#include "tests/sandbox/echo.h"
#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

constexpr const char* kHost = "echo.googleapis.com";
// Four times what may stay in memory.
constexpr std::size_t kSize = std::max<std::size_t>(64u << 20, 4 * kMaxGrowth);
constexpr std::size_t kPiece = 1u << 20;

class Streaming : public testing::Test {
 protected:
  void SetUp() override {
    EXPECT_EQ(curl(proxy, {echo_url("/bytes/1000000"), "-o", "/dev/null"}).status, 200);
    before = proxy.memory();
  }
  void TearDown() override {
    EXPECT_LT(highest, before + kMaxGrowth) << "resident bytes, from " << before;
  }
  void watch() { highest = std::max(highest, proxy.memory()); }

  // Reads to the end of an answer of kSize bytes behind its head; the hash of the body.
  std::string hash_of_answer(Client& client) {
    sandbox::RunningSha256 hash;
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) head += client.read_some();
    std::string piece = head.substr(head.find("\r\n\r\n") + 4);
    std::size_t total = 0;
    for (;;) {
      hash.add(piece);
      if (total / kPiece != (total + piece.size()) / kPiece) watch();
      total += piece.size();
      if (total >= kSize) break;
      piece = client.read_some();
      if (piece.empty()) return "the connection ended after " + std::to_string(total);
    }
    return hash.hex();
  }
  static std::string wanted_hash() {
    sandbox::RunningSha256 hash;
    const std::string piece = sandbox::known_content(kPiece);
    for (std::size_t sent = 0; sent < kSize; sent += kPiece) hash.add(piece);
    return hash.hex();
  }

  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
  std::size_t before = 0;
  std::size_t highest = 0;
};

// A table export.
TEST_F(Streaming, Download) {
  TlsClient client(proxy, kHost);
  client.send(request_text("GET", "/bytes/" + std::to_string(kSize), kHost));
  EXPECT_EQ(hash_of_answer(client), wanted_hash());
}

// Readers that take nothing hold what fits into the proxy's buffers; when they are gone, the
// buffers go back to the system. What else their connections took may stay with malloc().
TEST_F(Streaming, GivesBackWhatABurstNeeded) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep freed memory";
#endif
  constexpr std::size_t kReaders = 100;
  TlsClient::Options small;
  small.receive_buffer = 4096;
  std::vector<std::unique_ptr<TlsClient>> readers;
  for (std::size_t i = 0; i < kReaders; ++i) {
    readers.push_back(std::make_unique<TlsClient>(proxy, kHost, small));
    readers.back()->send(request_text("GET", "/bytes/" + std::to_string(kSize), kHost));
  }
  // Two buffers of 64 KiB each, one for each direction.
  const std::size_t needed = kReaders * (128u << 10);
  EXPECT_TRUE(eventually([&] { return proxy.memory() > before + needed; })) << proxy.memory();
  readers.clear();
  EXPECT_TRUE(eventually([&] { return proxy.memory() < before + needed * 3 / 4; }))
      << proxy.memory() << " resident bytes, from " << before;
}

// A load job.
TEST_F(Streaming, Upload) {
  TlsClient client(proxy, kHost);
  client.send(request_text("PUT", "/", kHost, "Content-Length: " + std::to_string(kSize) + "\r\n"));
  const std::string piece = sandbox::known_content(kPiece);
  for (std::size_t sent = 0; sent < kSize; sent += kPiece) {
    ASSERT_TRUE(client.send(piece));
    watch();
  }
  const Reply reply = client.read_reply();
  EXPECT_EQ(Seen(reply.body).body_sha256, wanted_hash());
}

// Chunked, without a length to go by.
TEST_F(Streaming, ChunkedUpload) {
  TlsClient client(proxy, kHost);
  client.send(request_text("POST", "/", kHost, "Transfer-Encoding: chunked\r\n"));
  const std::string piece = sandbox::known_content(kPiece);
  for (std::size_t sent = 0; sent < kSize; sent += kPiece) {
    ASSERT_TRUE(client.send("100000\r\n" + piece + "\r\n"));
    watch();
  }
  const Reply reply = client.exchange("0\r\n\r\n");
  EXPECT_EQ(Seen(reply.body).body_bytes, std::to_string(kSize));
  EXPECT_EQ(Seen(reply.body).body_sha256, wanted_hash());
}

// The same through a tunnel, where the bytes are not looked at.
TEST_F(Streaming, TunnelledDownload) {
  const std::string endpoint = cloud.server("outside_http").endpoint();
  auto other = TestProxy(cloud).ec2().flag("--connect-to", "plain.example:443:" + endpoint).start();
  TcpClient client(other.proxy());
  ASSERT_EQ(client.exchange("CONNECT plain.example:443 HTTP/1.1\r\n\r\n", "CONNECT").status, 200);
  const std::size_t start = other.memory();
  client.send(request_text("GET", "/bytes/" + std::to_string(kSize), "plain.example"));
  EXPECT_EQ(hash_of_answer(client), wanted_hash());
  EXPECT_LT(other.memory(), start + kMaxGrowth);
}

}  // namespace
}  // namespace wif::test
