// The client side of one HTTP/2 connection, shared by the exchanges of many clients: each is a
// ClientStream. It lives as long as the pool, a stream or its own coroutines hold it. Belongs to
// one worker.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/h2_authorization.h"
#include "http/h2_session.h"
#include "http/h2_stream.h"
#include "http/message.h"

namespace wif::http {

class H2Client final : public std::enable_shared_from_this<H2Client>, private H2Owner {
 public:
  H2Client(std::unique_ptr<tls::Transport> transport, Executor executor,
           tls::DeadlineList& deadlines, const H2Limits& limits, const H2Timeouts& timeouts);

  // Starts reading and writing. Call once.
  void start();
  // Whether another exchange may begin on it.
  bool room() const { return session_.room(); }
  bool over() const { return session_.over(); }
  bool idle() const { return session_.streams() == 0 && !session_.over(); }
  // Ends it now, with everything on it.
  void abort() { session_.abort(); }

 private:
  friend class H2ClientStream;
  H2Stream* begin_request(std::int32_t) override { return nullptr; }
  void request(H2Stream&) override {}
  void busy(bool) override {}

  std::unique_ptr<tls::Transport> transport_;
  Executor executor_;
  H2Session session_;
  H2Authorization authorization_;
};

class H2ClientStream final : public ClientStream, public Recycled {
 public:
  explicit H2ClientStream(std::shared_ptr<H2Client> connection);
  // Resets an exchange that is not over.
  ~H2ClientStream() override;

  Task<Result<void>> send(const RequestHead& head, bool last) override;
  Task<Result<void>> write(std::string_view bytes, bool last) override {
    return stream_.write(bytes, last);
  }
  Task<Result<void>> finish(const Headers& trailers) override { return stream_.finish(trailers); }
  Task<Result<void>> flush() override;
  void reset() override { stream_.reset(NGHTTP2_CANCEL); }
  Task<Result<ResponseHead*>> receive() override;
  Task<bool> answer_within(std::chrono::milliseconds limit) override;
  bool answered() const override { return answered_; }
  Task<Result<Chunk>> read() override { return stream_.read(); }
  bool ready() const override { return stream_.ready(); }
  const Headers& trailers() const override { return stream_.trailers(); }

 private:
  bool submit(const RequestHead& head, bool last);
  bool take_section(bool end_of_stream);

  std::shared_ptr<H2Client> connection_;
  H2Stream stream_;
  std::string method_;
  RecycledVector<ResponseHead> heads_;  // received, not yet taken
  ResponseHead head_;
  std::optional<Error> malformed_;
  int interim_ = 0;
  bool answered_ = false;
  bool have_final_ = false;
};

}  // namespace wif::http
