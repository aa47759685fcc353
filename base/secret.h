// Bytes that must not leave the process by accident: tokens, keys, AWS credentials.
// A Secret cannot be printed, logged, formatted or compared; it lives in pages of its own that are
// left out of core dumps and are zeroed before they are given back. Immutable, so it may be read by
// any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wif {

class Secret {
 public:
  Secret() = default;
  // Copies `plain` and then zeroes it, so that the caller is not left with a copy.
  explicit Secret(std::string&& plain);
  explicit Secret(std::string_view plain);
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret other) noexcept;
  ~Secret();

  // The one way to the bytes; search for it to find every place that uses a secret. Valid as long
  // as this object is.
  std::string_view reveal() const { return {data_, size_}; }
  bool empty() const { return size_ == 0; }

  // What may be shown: the length and, of long values, the first four characters: "ya29…(1024)".
  std::string redacted() const;

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

// Zeroes a string that held a secret while it was being built.
void wipe(std::string& text);

}  // namespace wif
