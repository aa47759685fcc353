// The frame that is on its way into a batch: as nghttp2 made it, or with one more field at the end
// of its field section. Belongs to one worker.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "base/secret.h"

namespace wif::http {

class H2OutgoingFrame {
 public:
  bool empty() const { return parts_[0].empty() && parts_[1].empty() && parts_[2].empty(); }
  // `bytes` stay valid until all was taken.
  void set(std::string_view bytes) { parts_ = {bytes, {}, {}}; }
  // The same for a HEADERS frame that ends its field section, with `field` behind it.
  void set(std::string_view bytes, std::shared_ptr<const Secret> field);
  // Copies what fits and forgets it; returns how much that was.
  std::size_t take(char* out, std::size_t size);

 private:
  static constexpr std::size_t kHeaderBytes = 9;  // RFC 9113 4.1

  std::array<std::string_view, 3> parts_;
  std::array<char, kHeaderBytes> header_{};
  std::shared_ptr<const Secret> field_;
};

}  // namespace wif::http
