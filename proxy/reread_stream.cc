#include "proxy/reread_stream.h"

#include <utility>

namespace wif::proxy {

Task<Result<void>> RereadStream::read_ahead(std::size_t limit) {
  // A client that waits to be told to go on would wait for ever.
  if (std::exchange(stream_.head().expect_continue, false)) {
    http::ResponseHead go_on;
    go_on.status = 100;
    CO_TRY_VOID(co_await stream_.respond(go_on, false));
    CO_TRY_VOID(co_await stream_.flush());
  }
  while (!ended_ && ahead_.size() <= limit) {
    CO_TRY(const auto chunk, co_await stream_.read());
    ahead_.append(chunk.data);
    ended_ = chunk.last;
  }
  co_return Result<void>();
}

Task<Result<http::Chunk>> RereadStream::read() {
  if (std::exchange(given_, true)) {
    auto chunk = co_await stream_.read();
    co_return chunk;
  }
  http::Chunk chunk;
  chunk.data = ahead_;
  chunk.last = ended_;
  co_return Result<http::Chunk>(chunk);
}

}  // namespace wif::proxy
