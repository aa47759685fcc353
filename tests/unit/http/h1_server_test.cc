// The server side against a script: what it answers is its caller's; here is what it reads.
#include "http/h1_server.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "tests/support/loopback.h"
#include "tests/unit/http/h1_support.h"

namespace wif::http {
namespace {

using namespace std::chrono_literals;

class H1ServerTest : public testing::Test {
 protected:
  void says(const std::string& bytes) { transport->incoming.push_back(bytes); }
  // "GET /x", "end", or the refusal.
  std::string next() {
    auto more = run(io, server.next());
    if (!more) return std::string(server.silent_close() ? "silent " : "") + more.error().what;
    if (!*more) return "end";
    return std::string(server.head().method) + " " + std::string(server.head().target);
  }
  std::string body() {
    std::string all;
    for (;;) {
      auto chunk = run(io, server.read());
      if (!chunk) return all + " failed";
      all += chunk->data;
      if (chunk->last) return all;
    }
  }
  void answer() {
    ResponseHead head;
    head.no_body = true;
    head.content_length = 0;
    ASSERT_TRUE(run(io, server.respond(head, true)));
  }

  asio::io_context io;
  tls::DeadlineList deadlines;
  std::unique_ptr<ScriptedTransport> transport = scripted_transport(io, deadlines);
  H1Limits limits;
  H1ServerTimeouts timeouts;
  H1Server server{*transport, limits, timeouts};
};

constexpr auto kGet = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(H1ServerTest, ReadsAHeadThatComesByteByByte) {
  for (const char c : std::string(kGet)) says(std::string(1, c));
  EXPECT_EQ(next(), "GET /a");
  EXPECT_TRUE(server.body_done());
}

TEST_F(H1ServerTest, ForgivesOneEmptyLineBeforeARequest) {
  says("\r\n" + std::string(kGet));
  EXPECT_EQ(next(), "GET /a");
  answer();
  EXPECT_TRUE(server.reusable());
  says("\r");
  says("\n");
  says(kGet);
  EXPECT_EQ(next(), "GET /a");
}

TEST_F(H1ServerTest, RefusesASecondEmptyLine) {
  says("\r\n\r\n" + std::string(kGet));
  EXPECT_TRUE(next().starts_with("silent "));
}

TEST_F(H1ServerTest, EmptyLinesInPiecesAreNotForgivenForEver) {
  says("\r\n");
  says("\r\n");
  says(kGet);
  EXPECT_TRUE(next().starts_with("silent "));
}

TEST_F(H1ServerTest, ServesPipelinedRequestsInOrder) {
  says(
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcPOST /2 HTTP/1.1\r\nHost: a\r\n"
      "Transfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(next(), "POST /1");
  EXPECT_EQ(body(), "abc");
  answer();
  EXPECT_EQ(next(), "POST /2");
  EXPECT_EQ(body(), "de");
  answer();
  EXPECT_EQ(next(), "GET /3");
  answer();
  EXPECT_EQ(next(), "end");
}

TEST_F(H1ServerTest, KeepsThePipelinedRequestThatComesWithTheEndOfABody) {
  says("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
  says("abcGET /2 HTTP/1.1\r\nHo");
  says("st: a\r\n\r\n");
  EXPECT_EQ(next(), "POST /1");
  EXPECT_EQ(body(), "abc");
  answer();
  EXPECT_TRUE(server.reusable());
  EXPECT_EQ(next(), "GET /2");
}

TEST_F(H1ServerTest, InterpretsNothingBehindARefusedHead) {
  says("GET /a HTTP/1.1\r\nHost : a\r\n\r\n" + std::string(kGet));
  EXPECT_NE(next().find("space_before_colon"), std::string::npos);
  EXPECT_FALSE(server.reusable());
}

TEST_F(H1ServerTest, InterpretsNothingBehindARefusedBody) {
  says("POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n" +
       std::string(kGet));
  EXPECT_EQ(next(), "POST /1");
  EXPECT_EQ(body(), " failed");
  answer();
  EXPECT_FALSE(server.reusable());
  EXPECT_NE(transport->written().find("connection: close"), std::string::npos);
}

//
TEST_F(H1ServerTest, ClosesOnForeignProtocolsAtOnce) {
  for (const std::string bytes :
       {"\x16\x03\x01", "\x05\x01", "\x04", "\x80", "(", "SSH-2.0-OpenSSH\r\n"}) {
    auto other = scripted_transport(io, deadlines);
    other->incoming.push_back(bytes);
    H1Server foreign(*other, limits, timeouts);
    EXPECT_FALSE(run(io, foreign.next())) << bytes;
    EXPECT_TRUE(foreign.silent_close()) << bytes;
  }
}

TEST_F(H1ServerTest, RefusesAnEndlessRequestLineWith414AndEndlessFieldsWith431) {
  limits.max_header_bytes = 30000;
  for (int i = 0; i < 8; ++i) says("GET" + std::string(5000, 'a'));
  auto line = run(io, server.next());
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().status, 414);

  auto other = scripted_transport(io, deadlines);
  other->incoming.push_back("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 8; ++i) other->incoming.push_back("A: " + std::string(5000, 'a') + "\r\n");
  H1Server second(*other, limits, timeouts);
  auto fields = run(io, second.next());
  ASSERT_FALSE(fields);
  EXPECT_EQ(fields.error().reason, Reason::kHeadersTooLarge);
  EXPECT_EQ(fields.error().status, 0);  // the usual one: 431
}

TEST_F(H1ServerTest, LeavesWhatFollowsAConnect) {
  says("CONNECT a:443 HTTP/1.1\r\n\r\n\x16\x03\x01");
  EXPECT_EQ(next(), "CONNECT a:443");
  EXPECT_EQ(server.take_rest(), "\x16\x03\x01");
}

TEST_F(H1ServerTest, TellsAClosedConnectionFromACutHead) {
  EXPECT_EQ(next(), "end");
  says("GET / HT");
  EXPECT_EQ(next(), "silent the client closed inside a request head");
}

// A client that does not read its answer, and one that does.
TEST(H1ServerWriteTest, LimitsHowLongAnAnswerMayTake) {
  asio::io_context io;
  tls::DeadlineList deadlines;
  asio::ip::tcp::socket client(io);
  tls::PlainTransport transport(test::connect_loopback(io, deadlines, client),
                                "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const H1Limits limits;
  const H1ServerTimeouts timeouts;
  H1Server server(transport, limits, timeouts);
  ASSERT_TRUE(run(io, server.next()));
  ResponseHead head;
  head.content_length = 1u << 30;
  ASSERT_TRUE(run(io, server.respond(head, false)));
  const auto now = CoarseClock::now();
  ASSERT_TRUE(run(io, server.write("a", false)));
  deadlines.sweep(now + 24h);
  EXPECT_FALSE(transport.tcp().expired());

  const std::string bytes(64u << 10, 'b');
  const auto write_without_end = [&]() -> Task<std::string> {
    for (;;) {
      auto written = co_await server.write(bytes, false);
      if (!written) co_return written.error().what;
    }
  };
  std::optional<std::string> refusal;
  spawn(io.get_executor(), store(write_without_end(), refusal), [](const std::exception_ptr&) {});
  io.restart();
  io.poll();
  deadlines.sweep(CoarseClock::now() + timeouts.write - 1s);
  io.poll();
  EXPECT_FALSE(refusal);
  deadlines.sweep(CoarseClock::now() + timeouts.write + 1s);
  io.run();
  EXPECT_EQ(refusal, "the client did not read its answer in time");
}

}  // namespace
}  // namespace wif::http
