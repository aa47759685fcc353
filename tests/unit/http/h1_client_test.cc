// The client side against a script: what it makes of an upstream's answers.
#include "http/h1_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>

#include "tests/support/loopback.h"
#include "tests/unit/http/h1_support.h"

namespace wif::http {
namespace {

class H1ClientTest : public testing::Test {
 protected:
  void says(const std::string& bytes) { transport->incoming.push_back(bytes); }
  void send(std::string_view method) {
    RequestHead head;
    head.method = method;
    head.path_and_query = "/";
    head.authority = "a";
    ASSERT_TRUE(run(io, client.send(head, true)));
  }
  // "200", or the refusal.
  std::string receive() {
    auto head = run(io, client.receive());
    return head ? std::to_string((*head)->status) : "refused: " + head.error().what;
  }
  std::string field(std::string_view name) {
    auto head = run(io, client.receive());
    return head ? std::string((*head)->headers.find(name).value_or("none")) : "refused";
  }
  std::string body() {
    std::string all;
    for (;;) {
      auto chunk = run(io, client.read());
      if (!chunk) return all + " failed";
      all += chunk->data;
      if (chunk->last) return all;
    }
  }

  asio::io_context io;
  tls::DeadlineList deadlines;
  ScriptedTransport* transport = scripted_transport(io, deadlines).release();  // of the client
  H1Limits limits;
  H1ClientTimeouts timeouts;
  H1Client client{std::unique_ptr<tls::Transport>(transport), limits, timeouts};
};

TEST_F(H1ClientTest, ReadsAnAnswer) {
  send("GET");
  says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
  says("lo");
  EXPECT_EQ(receive(), "200");
  EXPECT_EQ(body(), "hello");
}

// An upstream may write both at once: curl's "Expect" against a fast server.
TEST_F(H1ClientTest, ReadsAnInterimAndTheFinalAnswerOfOneRead) {
  send("GET");
  says(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(receive(), "100");
  EXPECT_EQ(receive(), "103");
  EXPECT_EQ(receive(), "200");
  EXPECT_EQ(body(), "ok");
}

// Else a request that waits for "100 Continue" would end with its connection's rest.
TEST_F(H1ClientTest, LimitOfARestEndsWithIt) {
  client.rest(std::chrono::seconds(90));
  RequestHead head;
  head.method = "POST";
  head.path_and_query = "/";
  head.authority = "a";
  head.content_length = 1;
  head.expect_continue = true;
  ASSERT_TRUE(run(io, client.send(head, false)));
  ASSERT_TRUE(run(io, client.flush()));
  deadlines.sweep(CoarseClock::now() + std::chrono::hours(24));
  EXPECT_FALSE(transport->tcp().expired());
}

TEST_F(H1ClientTest, TakesSixteenInterimAnswersAndNoMore) {
  send("GET");
  for (int i = 0; i < 17; ++i) says("HTTP/1.1 103 Early Hints\r\n\r\n");
  for (int i = 0; i < 16; ++i) EXPECT_EQ(receive(), "103");
  EXPECT_TRUE(receive().starts_with("refused"));
}

TEST_F(H1ClientTest, RefusesASwitchOfProtocols) {
  send("GET");
  says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
  EXPECT_TRUE(receive().starts_with("refused"));
}

TEST_F(H1ClientTest, MakesSpacesOfAFoldedLine) {
  send("GET");
  says("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\td\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(field("a"), "b   c  \td");
}

TEST_F(H1ClientTest, RefusesWhiteSpaceBeforeTheFirstField) {
  send("GET");
  says("HTTP/1.1 200 OK\r\n A: b\r\n\r\n");
  EXPECT_NE(receive().find("obs_fold"), std::string::npos);
}

TEST_F(H1ClientTest, RefusesAFoldThatHidesFraming) {
  send("GET");
  says("HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_TRUE(receive().starts_with("refused"));
}

TEST_F(H1ClientTest, RefusesAHeadOverTheLimitHoweverItComes) {
  limits.max_header_bytes = 100;
  send("GET");
  says("HTTP/1.1 200 OK\r\nA: " + std::string(100, 'b') + "\r\n\r\n");
  auto whole = run(io, client.receive());
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().proxy_status, "http_response_header_section_size");
}

TEST_F(H1ClientTest, IsUsedAgainOnlyAfterACompleteAnswer) {
  send("GET");
  EXPECT_FALSE(client.reusable());
  says("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(receive(), "204");
  EXPECT_EQ(body(), "");
  // transport->pending() is always true in the script; what counts is that nothing is left unread.
  send("HEAD");
  says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(receive(), "200");
  EXPECT_EQ(body(), "");  // surplus bytes are nobody's
  EXPECT_FALSE(client.reusable());
}

TEST_F(H1ClientTest, IsNotUsedAgainWhereTheRequestWasNotSent) {
  send("GET");
  says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(receive(), "200");
  transport->more = false;
  EXPECT_TRUE(client.reusable());
  transport->break_off();
  RequestHead head;
  head.method = "GET";
  head.path_and_query = "/";
  EXPECT_FALSE(run(io, client.send(head, true)));
  says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(receive(), "200");
  EXPECT_FALSE(client.reusable());
}

TEST_F(H1ClientTest, TakesACutAnswerForCut) {
  send("GET");
  says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell");
  EXPECT_EQ(receive(), "200");
  EXPECT_EQ(body(), "hell failed");
}

TEST_F(H1ClientTest, TakesTheEndOfTheConnectionForTheEndOfABodyWithoutLength) {
  send("GET");
  says("HTTP/1.1 200 OK\r\n\r\nhell");
  says("o");
  EXPECT_EQ(receive(), "200");
  EXPECT_EQ(body(), "hello");
  EXPECT_FALSE(client.reusable());
}

TEST_F(H1ClientTest, KnowsWhetherAnyByteCame) {
  send("GET");
  EXPECT_TRUE(receive().starts_with("refused"));
  EXPECT_FALSE(client.answered());
  send("GET");
  says("HTTP/1.");
  EXPECT_TRUE(receive().starts_with("refused"));
  EXPECT_TRUE(client.answered());
}

// TLS messages that are no data: the socket is readable, and yet there is nothing to read.
class TicketTransport final : public tls::Transport {
 public:
  using Transport::Transport;
  tls::IoResult read(char* out, std::size_t size) override {
    for (;;) {
      auto got = tcp().read(out, size);
      if (got.state != tls::IoResult::State::kDone) return got;
      got.bytes = static_cast<std::size_t>(std::remove(out, out + got.bytes, 'T') - out);
      if (got.bytes > 0) return got;
    }
  }
  bool pending() const override { return false; }
  std::size_t put(std::string_view bytes) override { return bytes.size(); }
  void close_write() override {}
};

TEST(H1ClientWaitTest, TicketIsNoAnswer) {
  asio::io_context io;
  tls::DeadlineList deadlines;
  asio::ip::tcp::socket upstream(io);
  const H1Limits limits;
  const H1ClientTimeouts timeouts;
  H1Client client(
      std::make_unique<TicketTransport>(test::connect_loopback(io, deadlines, upstream)), limits,
      timeouts);
  asio::write(upstream, asio::buffer("T", 1));
  EXPECT_FALSE(run(io, client.answer_within(std::chrono::milliseconds(30))));
  asio::write(upstream, asio::buffer("T", 1));
  asio::write(upstream, asio::buffer("H", 1));
  EXPECT_TRUE(run(io, client.answer_within(std::chrono::minutes(1))));
  EXPECT_TRUE(client.answered());
}

}  // namespace
}  // namespace wif::http
