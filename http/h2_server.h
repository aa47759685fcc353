// The server side of one HTTP/2 connection: every stream of the client is a ServerStream, served by
// a coroutine of its own. Belongs to one worker.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "http/h2_session.h"
#include "http/h2_stream.h"
#include "http/message.h"

namespace wif::http {

class H2ServerStream final : public ServerStream, public Recycled {
 public:
  explicit H2ServerStream(H2Session& session);
  ~H2ServerStream() override;

  // Set where the head is to be refused with an answer instead of being served.
  const std::optional<Error>& head_error() const { return head_error_; }

  RequestHead& head() override { return head_; }
  Task<Result<Chunk>> read() override { return stream_.read(); }
  bool ready() const override { return stream_.ready(); }
  const Headers& trailers() const override { return stream_.trailers(); }
  Task<Result<void>> respond(const ResponseHead& head, bool last) override;
  Task<Result<void>> write(std::string_view bytes, bool last) override {
    return stream_.write(bytes, last);
  }
  Task<Result<void>> finish(const Headers& trailers) override { return stream_.finish(trailers); }
  Task<Result<void>> flush() override;
  void reset() override { stream_.reset(NGHTTP2_INTERNAL_ERROR); }
  bool body_done() const override { return !head_.has_body() || stream_.read_to_end(); }
  // Other streams go on; only this one ends, as it would anyway.
  void close_after() override {}
  // The client is told to stop by RST_STREAM (RFC 9113 8.1), so there is nothing to drop.
  Task<void> drain(std::size_t limit) override;
  void limit_reading(std::chrono::milliseconds limit) override;
  void when_gone(std::function<void()> hook) override { stream_.on_gone = std::move(hook); }

 private:
  friend class H2Server;
  bool take_section(bool end_of_stream);

  H2Stream stream_;
  RequestHead head_;
  std::optional<Error> head_error_;
  bool have_head_ = false;
};

class H2Server final : private H2Owner {
 public:
  // Serves one request; the stream lives until it returns.
  using Handler = std::function<Task<void>(H2ServerStream&)>;
  // Told when the first stream begins and the last one ends.
  using Busy = std::function<void(bool)>;

  // Everything outlives this object.
  H2Server(tls::Transport& transport, Executor executor, tls::DeadlineList& deadlines,
           const H2Limits& limits, const H2Timeouts& timeouts, Handler handler, Busy busy);

  // Until the connection is over and every handler has returned.
  Task<void> serve();
  // From now on no new requests; ends the connection when those that run are answered.
  void begin_shutdown() { session_.begin_shutdown(); }

 private:
  H2Stream* begin_request(std::int32_t id) override;
  void request(H2Stream& stream) override;
  void busy(bool any) override { busy_(any); }
  Task<void> run(std::unique_ptr<H2ServerStream> stream);
  void drop_unstarted(std::int32_t id);

  Executor executor_;
  const H2Limits& limits_;
  Handler handler_;
  Busy busy_;
  H2Session session_;
  // Their head is not complete.
  std::map<std::int32_t, std::unique_ptr<H2ServerStream>, std::less<>,
           RecycledAllocator<std::pair<const std::int32_t, std::unique_ptr<H2ServerStream>>>>
      unstarted_;
  std::size_t running_ = 0;
  bool writing_ = false;
  tls::Event ended_;
};

}  // namespace wif::http
