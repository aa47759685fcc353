// The client side of one HTTP/1.1 connection: one exchange at a time, each a ClientStream; between
// exchanges it rests in the pool. Belongs to one worker.
#pragma once

#include <chrono>
#include <memory>

#include "http/h1_parser.h"
#include "http/h1_writer.h"
#include "http/message.h"
#include "tls/transport.h"

namespace wif::http {

struct H1ClientTimeouts {
  std::chrono::milliseconds response{600'000};     // from the request to the answer's head
  std::chrono::milliseconds stream_idle{600'000};  // inside a body, either way
};

class H1Client final : public ClientStream {
 public:
  H1Client(std::unique_ptr<tls::Transport> transport, const H1Limits& limits,
           const H1ClientTimeouts& timeouts);

  Task<Result<void>> send(const RequestHead& head, bool last) override;
  Task<Result<void>> write(std::string_view bytes, bool last) override;
  Task<Result<void>> finish(const Headers& trailers) override;
  Task<Result<void>> flush() override;
  void reset() override;
  Task<Result<ResponseHead*>> receive() override;
  Task<bool> answer_within(std::chrono::milliseconds limit) override;
  Task<Result<Chunk>> read() override;
  bool ready() const override { return response_done_ || next_ < end_ || transport_->pending(); }
  const Headers& trailers() const override { return parser_.trailers(); }
  bool answered() const override { return answered_; }

  // Whether the exchange is over in both directions and another may follow.
  bool reusable() const;
  // While it rests: watch for the peer's close; usable() tells whether it happened.
  // `limit`: how long it may rest.
  void rest(std::chrono::milliseconds limit);
  bool usable() const { return !transport_->tcp().has_news(); }
  // How many exchanges it carried.
  std::size_t exchanges() const { return exchanges_; }
  tls::Transport& transport() { return *transport_; }

 private:
  tls::IoResult::State take();
  Task<tls::IoResult::State> fill();
  Error ended(std::string_view doing) const;
  Result<void> sent(bool ok) const;

  std::unique_ptr<tls::Transport> transport_;
  const H1Limits& limits_;
  const H1ClientTimeouts& timeouts_;
  H1Parser parser_;
  H1Writer writer_;
  ResponseHead head_;
  std::string method_;

  tls::BlockPtr block_;  // unread bytes are [next_, end_)
  std::size_t next_ = 0;
  std::size_t end_ = 0;
  std::size_t exchanges_ = 0;
  int interim_ = 0;
  bool request_done_ = true;
  bool response_done_ = true;
  bool keep_alive_ = true;
  bool answered_ = false;
};

}  // namespace wif::http
