// The server side of one HTTP/1.1 connection: requests one after the other, each a ServerStream.
// Pipelined requests wait in the buffer, which is what bounds them. Belongs to one worker.
#pragma once

#include <chrono>

#include "http/h1_parser.h"
#include "http/h1_writer.h"
#include "http/message.h"
#include "tls/transport.h"

namespace wif::http {

struct H1ServerTimeouts {
  std::chrono::milliseconds header{30'000};        // a head, in total
  std::chrono::milliseconds idle{300'000};         // between two requests
  std::chrono::milliseconds stream_idle{600'000};  // inside a body
  std::chrono::milliseconds write{60'000};         // a peer that does not read
};

class H1Server final : public ServerStream {
 public:
  H1Server(tls::Transport& transport, const H1Limits& limits, const H1ServerTimeouts& timeouts);

  // Reads the next head, which head() then shows. False: the client closed, or was silent too long,
  // between requests. An error is to be answered with respond() and ends the connection.
  Task<Result<bool>> next();
  // After an exchange: whether another one may follow on this connection.
  bool reusable() const;
  // Whether the last answer was sent whole.
  bool response_done() const { return response_done_; }
  // Bytes behind the head that were read already; for what follows a CONNECT. The head goes.
  std::string take_rest();
  // Whether the last error came before any byte that may be answered.
  bool silent_close() const { return silent_close_; }
  std::string_view refusal() const { return parser_.refusal(); }

  RequestHead& head() override { return head_; }
  Task<Result<Chunk>> read() override;
  bool ready() const override { return body_done_ || next_ < end_ || transport_.pending(); }
  const Headers& trailers() const override { return parser_.trailers(); }
  Task<Result<void>> respond(const ResponseHead& head, bool last) override;
  Task<Result<void>> write(std::string_view bytes, bool last) override;
  Task<Result<void>> finish(const Headers& trailers) override;
  Task<Result<void>> flush() override;
  void reset() override;
  bool body_done() const override { return body_done_; }
  void close_after() override { close_ = true; }
  Task<void> drain(std::size_t limit) override;
  void limit_reading(std::chrono::milliseconds limit) override {
    transport_.tcp().limit_reading(limit);
  }
  void when_gone(std::function<void()>) override {}

 private:
  void start_message();
  Task<Result<bool>> fill();
  Result<bool> parse_buffered();
  Result<void> sent(bool ok) const;

  tls::Transport& transport_;
  const H1Limits& limits_;
  const H1ServerTimeouts& timeouts_;
  H1Parser parser_;
  H1Writer writer_;
  RequestHead head_;

  tls::BlockPtr block_;   // the head, what was read behind it, and later heads
  std::size_t next_ = 0;  // unread bytes are [next_, end_)
  std::size_t end_ = 0;
  tls::BlockPtr body_;  // body bytes that did not come with the head
  bool body_done_ = true;
  bool close_ = false;  // no further request on this connection
  bool response_done_ = true;
  bool delimited_ = true;  // the answer says where it ends
  bool silent_close_ = false;
};

}  // namespace wif::http
