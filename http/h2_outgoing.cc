#include "http/h2_outgoing.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace wif::http {

void H2OutgoingFrame::set(std::string_view bytes, std::shared_ptr<const Secret> field) {
  field_ = std::move(field);
  const std::string_view last = field_->reveal();
  const std::size_t length = bytes.size() - kHeaderBytes + last.size();
  bytes.copy(header_.data(), kHeaderBytes);
  for (std::size_t i = 0; i < 3; ++i) header_[i] = static_cast<char>(length >> (8 * (2 - i)));
  parts_ = {std::string_view(header_.data(), kHeaderBytes), bytes.substr(kHeaderBytes), last};
}

std::size_t H2OutgoingFrame::take(char* out, std::size_t size) {
  std::size_t taken = 0;
  for (std::string_view& part : parts_) {
    const std::size_t count = std::min(part.size(), size - taken);
    if (count == 0) continue;
    std::memcpy(out + taken, part.data(), count);
    part.remove_prefix(count);
    taken += count;
  }
  if (empty()) field_.reset();
  return taken;
}

}  // namespace wif::http
