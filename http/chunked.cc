#include "http/chunked.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace wif::http {
namespace {

using Code = std::optional<std::string_view>;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

Code ChunkedDecoder::decode(char* bytes, std::size_t size, Piece& out) {
  out = {};
  while (out.consumed < size && state_ != State::kDone) {
    if (state_ != State::kData) {
      if (const auto wrong = take(bytes[out.consumed++])) return wrong;
      continue;
    }
    const auto room = static_cast<std::uint64_t>(size - out.consumed);
    const auto count = static_cast<std::size_t>(std::min(left_, room));
    if (out.data_bytes != out.consumed) {
      std::memmove(bytes + out.data_bytes, bytes + out.consumed, count);
    }
    out.data_bytes += count;
    out.consumed += count;
    left_ -= count;
    if (left_ == 0) state_ = State::kDataEnd;
  }
  return {};
}

// A byte that is not data.
Code ChunkedDecoder::take(char c) {
  if (const auto wrong = count(c)) return wrong;
  if (carriage_return_) {
    carriage_return_ = false;
    return c == '\n' ? end_line() : Code("chunk_bare_cr");
  }
  if (c == '\n') return "chunk_bare_lf";
  if (c == '\r') {
    carriage_return_ = true;
    return {};
  }
  if (state_ == State::kSize) return take_size(c);
  if (state_ == State::kDataEnd) return "chunk_data_end";
  if (is_control(c)) return "control_byte";
  if (state_ == State::kTrailers) trailers_ += c;
  return {};
}

Code ChunkedDecoder::take_size(char c) {
  const int value = hex_value(c);
  if (value >= 0 && ++digits_ <= 16) {
    left_ = left_ << 4 | static_cast<std::uint64_t>(value);
    return {};
  }
  if (c != ';' || digits_ == 0) return "chunk_size";
  state_ = State::kExtension;
  return {};
}

Code ChunkedDecoder::end_line() {
  const bool empty = line_bytes_ == 2;
  line_bytes_ = 0;
  if (state_ == State::kDataEnd) {
    state_ = State::kSize;
  } else if (state_ == State::kTrailers) {
    if (empty) {
      state_ = State::kDone;
    } else {
      trailers_ += "\r\n";
    }
  } else {
    if (digits_ == 0) return "chunk_size";
    digits_ = 0;
    state_ = left_ == 0 ? State::kTrailers : State::kData;
  }
  return {};
}

Code ChunkedDecoder::count(char c) {
  ++line_bytes_;
  if (state_ == State::kTrailers) {
    return ++trailer_bytes_ > limits_->trailer_bytes ? Code("trailers_too_large") : Code();
  }
  if (line_bytes_ > limits_->line_bytes) return "chunk_line_too_long";
  const bool extension = state_ == State::kExtension || c == ';';
  if (extension && ++extension_bytes_ > limits_->extension_bytes) {
    return "chunk_extensions_too_large";
  }
  return {};
}

}  // namespace wif::http
