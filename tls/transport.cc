#include "tls/transport.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace wif::tls {

void Transport::append(std::string_view bytes) {
  if (!batch_) batch_ = take_block();
  std::memcpy(batch_->data + batch_end_, bytes.data(), bytes.size());
  batch_end_ += bytes.size();
}

Task<bool> Transport::flush() {
  bool limited = write_limit_.count() == 0;
  while (!broken_ && batch_begin_ < batch_end_) {
    const IoResult sent = tcp_->write(batch_->data + batch_begin_, batch_end_ - batch_begin_);
    if (sent.state == IoResult::State::kWouldBlock) {
      if (!std::exchange(limited, true)) tcp_->limit(write_limit_);
      co_await tcp_->writable();
    } else if (sent.state == IoResult::State::kDone) {
      batch_begin_ += sent.bytes;
    } else {
      co_return false;
    }
  }
  batch_.reset();
  batch_begin_ = batch_end_ = 0;
  co_return !broken_;
}

Task<bool> Transport::enqueue(std::string_view bytes) {
  bytes.remove_prefix(put(bytes));
  bool sent = !broken_;
  while (sent && !bytes.empty()) {
    sent = co_await flush();
    bytes.remove_prefix(put(bytes));
  }
  co_return sent;
}

Task<void> Transport::drop_incoming(std::size_t limit, std::chrono::milliseconds within) {
  tcp_->limit_reading(within);
  for (std::size_t dropped = 0; dropped < limit;) {
    BlockPtr block = take_block();
    const IoResult got = read(block->data, kBlockBytes);
    block.reset();
    if (got.state == IoResult::State::kWouldBlock) {
      co_await readable();
    } else if (got.state == IoResult::State::kDone) {
      dropped += got.bytes;
    } else {
      break;
    }
  }
}

IoResult PlainTransport::read(char* out, std::size_t size) {
  if (already_read_.empty()) return tcp_->read(out, size);
  return {IoResult::State::kDone, already_read_.take(out, size)};
}

std::size_t PlainTransport::put(std::string_view bytes) {
  const std::size_t count = std::min(bytes.size(), room());
  append(bytes.substr(0, count));
  return count;
}

}  // namespace wif::tls
