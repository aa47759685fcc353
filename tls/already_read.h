// Bytes that were read from a connection before whoever reads it now: behind a CONNECT head, or to
// judge a ClientHello. They come first. Belongs to one worker.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace wif::tls {

class AlreadyRead {
 public:
  explicit AlreadyRead(std::string bytes) : bytes_(std::move(bytes)) {}

  bool empty() const { return bytes_.empty(); }
  // Moves up to `size` of them to `out` and returns how many that were. Keeps no memory for none.
  std::size_t take(char* out, std::size_t size) {
    const std::size_t count = bytes_.copy(out, size);
    bytes_.erase(0, count);
    if (bytes_.empty()) std::string().swap(bytes_);
    return count;
  }

 private:
  std::string bytes_;
};

}  // namespace wif::tls
