#include "tls/record_source.h"

#include <algorithm>
#include <cstring>

namespace wif::tls {
namespace {

constexpr std::size_t kHeaderBytes = 5;

std::size_t record_bytes(const char* header) {
  const auto high = static_cast<unsigned char>(header[3]);
  const auto low = static_cast<unsigned char>(header[4]);
  return kHeaderBytes + (std::size_t{high} << 8 | low);
}

}  // namespace

IoResult RecordSource::fill(TcpConnection& tcp) {
  if (!block_) block_ = take_block();
  // At most a part of a header.
  std::memmove(block_->data, block_->data + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
  const std::size_t room = kBlockBytes - end_;
  char* const free = block_->data + end_;
  const IoResult got = already_read_.empty()
                           ? tcp.read(free, room)
                           : IoResult{IoResult::State::kDone, already_read_.take(free, room)};
  end_ += got.bytes;
  if (begin_ == end_) block_.reset();
  return got;
}

IoResult RecordSource::read(TcpConnection& tcp, char* out, std::size_t size) {
  while (end_ - begin_ < (record_left_ > 0 ? 1 : kHeaderBytes)) {
    const IoResult got = fill(tcp);
    if (got.state != IoResult::State::kDone) return got;
  }
  if (record_left_ == 0) record_left_ = record_bytes(block_->data + begin_);
  const std::size_t count = std::min({size, record_left_, end_ - begin_});
  std::memcpy(out, block_->data + begin_, count);
  begin_ += count;
  record_left_ -= count;
  if (begin_ == end_) {
    begin_ = end_ = 0;
    block_.reset();
  }
  return {IoResult::State::kDone, count};
}

}  // namespace wif::tls
