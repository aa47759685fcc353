// A request whose body was looked into before it was clear what to do with it: what was read comes
// again. Everything else is the stream's own. Belongs to one worker.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "http/message.h"

namespace wif::proxy {

class RereadStream final : public http::ServerStream {
 public:
  // `stream` outlives this object.
  explicit RereadStream(http::ServerStream& stream) : stream_(stream) {}

  // Reads the body up to its end or a little over `limit` bytes. Before anybody else reads.
  Task<Result<void>> read_ahead(std::size_t limit);
  // The whole body, if it was no longer than the limit; else "".
  std::string_view whole_body() const { return ended_ ? ahead_ : std::string_view(); }

  Task<Result<http::Chunk>> read() override;
  bool ready() const override { return !given_ || stream_.ready(); }
  bool body_done() const override { return given_ && stream_.body_done(); }

  http::RequestHead& head() override { return stream_.head(); }
  const http::Headers& trailers() const override { return stream_.trailers(); }
  Task<Result<void>> respond(const http::ResponseHead& head, bool last) override {
    return stream_.respond(head, last);
  }
  Task<Result<void>> write(std::string_view bytes, bool last) override {
    return stream_.write(bytes, last);
  }
  Task<Result<void>> finish(const http::Headers& trailers) override {
    return stream_.finish(trailers);
  }
  Task<Result<void>> flush() override { return stream_.flush(); }
  void reset() override { stream_.reset(); }
  void close_after() override { stream_.close_after(); }
  Task<void> drain(std::size_t limit) override { return stream_.drain(limit); }
  void limit_reading(std::chrono::milliseconds limit) override { stream_.limit_reading(limit); }
  void when_gone(std::function<void()> hook) override { stream_.when_gone(std::move(hook)); }

 private:
  http::ServerStream& stream_;
  std::string ahead_;
  bool ended_ = false;  // ahead_ holds all of it
  bool given_ = false;  // ahead_ was read again
};

}  // namespace wif::proxy
