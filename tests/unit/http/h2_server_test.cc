// The server side of an HTTP/2 connection against a peer that sends frames made by hand.
#include "http/h2_server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/ready_queue.h"
#include "tests/support/far_end.h"
#include "tests/support/h2_frames.h"

namespace wif::http {
namespace {

using test::h2_field;
using test::h2_frame;

class H2ServerTest : public testing::Test {
 protected:
  H2ServerTest() {
    spawn(io.get_executor(), server.serve(), [this](const std::exception_ptr&) { served = true; });
    peer.say(NGHTTP2_CLIENT_MAGIC + h2_frame(NGHTTP2_SETTINGS, 0, 0));
    peer.run();
  }
  ~H2ServerTest() override {
    peer.close();
    peer.run();
  }

  Task<void> answer(H2ServerStream& stream) {
    const ResponseHead head;
    auto sent = co_await stream.respond(head, true);
    EXPECT_TRUE(sent);
  }
  void pass(std::chrono::seconds time) {
    deadlines.sweep(CoarseClock::now() + time);
    peer.run();
  }

  const std::string fields = h2_field(":method", "GET") + h2_field(":scheme", "https") +
                             h2_field(":authority", "a.example") + h2_field(":path", "/");
  asio::io_context io;
  tls::DeadlineList deadlines;
  test::FarEnd peer{io, deadlines};
  std::unique_ptr<tls::Transport> transport = peer.take_transport();
  H2Limits limits;
  H2Timeouts timeouts;
  H2Server server{*transport, io.get_executor(),
                  deadlines,  limits,
                  timeouts,   [this](H2ServerStream& stream) { return answer(stream); },
                  [](bool) {}};
  bool served = false;
};

// The header timeout once was that of any stream: another one that closed called it off, and the
// connection stayed for ever.
TEST_F(H2ServerTest, UnfinishedHeadIsLimitedWhileAnotherStreamCloses) {
  const unsigned ends = NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS;
  peer.say(h2_frame(NGHTTP2_HEADERS, ends, 1, fields) +
           h2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 3, fields.substr(0, 10)));
  peer.run();
  ASSERT_FALSE(served);
  pass(std::chrono::seconds(31));
  EXPECT_TRUE(served);
}

TEST_F(H2ServerTest, IdleConnectionIsLimitedLater) {
  pass(std::chrono::seconds(31));
  EXPECT_FALSE(served);
  pass(std::chrono::seconds(301));
  EXPECT_TRUE(served);
}

}  // namespace
}  // namespace wif::http
