#include "tests/sandbox/gzip.h"

#include <zlib.h>

#include <array>

namespace sandbox {
namespace {

constexpr std::size_t kMaxContent = 64u << 20;
constexpr int kGzipOnly = 16 + MAX_WBITS;

}  // namespace

std::optional<std::string> gunzip(std::string_view compressed) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return std::nullopt;
  // zlib does not write through next_in; its type lacks the const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string content;
  std::array<char, 64 * 1024> piece;
  int result = Z_OK;
  while (result == Z_OK && content.size() <= kMaxContent) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    result = inflate(&stream, Z_NO_FLUSH);
    content.append(piece.data(), piece.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) return std::nullopt;
  return content;
}

}  // namespace sandbox
