// What a fuzzed HTTP/2 peer heard, taken apart again: only what the properties need.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "tests/fuzz/h1_fuzz.h"

namespace wif::fuzz {

// Bodies made of this byte are given up by their sender before their end.
inline constexpr char kCut = 'b';

struct Heard {
  explicit Heard(std::string_view bytes) {
    constexpr std::string_view kMagic = NGHTTP2_CLIENT_MAGIC;
    if (bytes.starts_with(kMagic)) bytes.remove_prefix(kMagic.size());
    while (bytes.size() >= kHeader) {
      const std::size_t size = number(bytes.substr(0, 3));
      if (bytes.size() < kHeader + size) break;  // the connection ended inside
      const std::uint32_t stream = number(bytes.substr(5, 4));
      take(static_cast<unsigned char>(bytes[3]), static_cast<unsigned char>(bytes[4]), stream,
           bytes.substr(kHeader, size));
      bytes.remove_prefix(kHeader + size);
    }
    // A cut body is never taken for a whole one.
    for (const std::uint32_t stream : cut) http::require(!ended.contains(stream));
  }

  std::uint64_t credit = 0;  // of the connection
  bool goaway = false;
  std::set<std::uint32_t> ended;
  std::set<std::uint32_t> cut;

 private:
  static constexpr std::size_t kHeader = 9;

  static std::uint32_t number(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  void take(unsigned type, unsigned flags, std::uint32_t stream, std::string_view payload) {
    const bool opens = type == NGHTTP2_HEADERS || type == NGHTTP2_DATA;
    if (opens) http::require(!ended.contains(stream));
    if (opens && (flags & NGHTTP2_FLAG_END_STREAM) != 0) ended.insert(stream);
    if (type == NGHTTP2_DATA && payload.find(kCut) != std::string_view::npos) cut.insert(stream);
    if (type == NGHTTP2_WINDOW_UPDATE && stream == 0) credit += number(payload);
    if (type == NGHTTP2_GOAWAY) goaway = true;
  }
};

}  // namespace wif::fuzz
