// HTTP/2 frames made by hand (RFC 9113 4.1): also those that no library would send.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace wif::test {

inline std::string h2_frame(unsigned type, unsigned flags, std::uint32_t stream,
                            std::string_view payload = {}) {
  std::string bytes;
  const auto put = [&bytes](std::uint32_t value, int count) {
    for (int i = count - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  };
  put(static_cast<std::uint32_t>(payload.size()), 3);
  put(type, 1);
  put(flags, 1);
  put(stream, 4);
  return bytes.append(payload);
}

// A field for HPACK, literal and not indexed (RFC 7541 6.2.2).
inline std::string h2_field(std::string_view name, std::string_view value) {
  const auto text = [](std::string_view from) {
    std::string bytes(1, static_cast<char>(from.size()));
    if (from.size() >= 127) {  // a prefix of seven bits (RFC 7541 5.1)
      bytes[0] = 127;
      std::size_t rest = from.size() - 127;
      for (; rest >= 128; rest /= 128) bytes += static_cast<char>(rest % 128 + 128);
      bytes += static_cast<char>(rest);
    }
    return bytes.append(from);
  };
  return std::string(1, '\0') + text(name) + text(value);
}

}  // namespace wif::test
