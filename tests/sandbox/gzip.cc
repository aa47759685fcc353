#include "tests/sandbox/gzip.h"

#include <zlib.h>

#include <array>
#include <stdexcept>

namespace sandbox {
namespace {

constexpr int kGzipFormat = 16 + MAX_WBITS;  // by zlib.h, of windowBits

z_stream reading(std::string_view bytes) {
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  return stream;
}

}  // namespace

std::optional<std::string> gunzip(std::string_view bytes, std::size_t limit) {
  z_stream stream = reading(bytes);
  if (::inflateInit2(&stream, kGzipFormat) != Z_OK) throw std::runtime_error("inflateInit2");
  std::string text;
  std::array<char, 64 * 1024> buffer;
  int state = Z_OK;
  while (state == Z_OK && text.size() <= limit) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = buffer.size();
    state = ::inflate(&stream, Z_NO_FLUSH);
    text.append(buffer.data(), buffer.size() - stream.avail_out);
    if (state == Z_STREAM_END && stream.avail_in > 0) state = ::inflateReset(&stream);
  }
  ::inflateEnd(&stream);
  if (state != Z_STREAM_END || text.size() > limit) return std::nullopt;
  return text;
}

std::string gzip(std::string_view bytes) {
  z_stream stream = reading(bytes);
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipFormat, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string out(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

}  // namespace sandbox
