#include "proxy/relay.h"

#include "proxy/rewrite.h"

namespace wif::proxy {

Task<Result<void>> relay(http::BodyReader& reader, http::BodyWriter& writer, std::uint64_t& bytes) {
  for (;;) {
    auto chunk = co_await reader.read();
    if (!chunk) co_return std::move(chunk).error();
    bytes += chunk->data.size();
    const bool with_trailers = chunk->last && !reader.trailers().empty();
    auto written = co_await writer.write(chunk->data, chunk->last && !with_trailers);
    if (!written) co_return written;
    if (!chunk->last) continue;
    if (!with_trailers) co_return Result<void>();
    co_return co_await writer.finish(filter_trailers(reader.trailers()));
  }
}

}  // namespace wif::proxy
