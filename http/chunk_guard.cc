#include "http/chunk_guard.h"

namespace wif::http {
namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::optional<std::string_view> ChunkGuard::end_of_line() {
  if (previous_ != '\r') return "chunk_bare_lf";
  if (state_ == State::kAfterData) {
    state_ = State::kSize;
  } else if (state_ != State::kTrailers) {
    if (digits_ == 0) return "chunk_size";
    // After a size that is not zero comes data, which data_seen() tells.
    state_ = zero_ ? State::kTrailers : State::kAfterData;
  }
  line_bytes_ = digits_ = 0;
  zero_ = true;
  return {};
}

std::optional<std::string_view> ChunkGuard::feed(std::string_view framing) {
  for (const char c : framing) {
    if (previous_ == '\r' && c != '\n') return "chunk_bare_cr";
    if (state_ == State::kTrailers) {
      if (++trailer_bytes_ > limits_->trailer_bytes) return "trailers_too_large";
    } else if (++line_bytes_ > limits_->line_bytes) {
      return "chunk_line_too_long";
    }
    if (state_ == State::kSize && is_hex(c)) {
      if (++digits_ > 16) return "chunk_size";
      zero_ = zero_ && c == '0';
    } else if (state_ == State::kSize && c == ';') {
      state_ = State::kExtension;
    } else if (state_ == State::kSize && c != '\r' && c != '\n') {
      return "chunk_size";
    }
    if (state_ == State::kExtension && ++extension_bytes_ > limits_->extension_bytes) {
      return "chunk_extensions_too_large";
    }
    if (c == '\n') {
      if (const auto wrong = end_of_line()) return wrong;
    }
    previous_ = c;
  }
  return {};
}

}  // namespace wif::http
