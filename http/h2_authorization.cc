#include "http/h2_authorization.h"

#include <string>
#include <utility>

namespace wif::http {
namespace {

constexpr std::size_t kFieldOverhead = 12;      // two lengths, at their longest
constexpr std::size_t kFrameBytes = 16u << 10;  // RFC 9113 4.2: what every peer takes

// RFC 7541 5.1, behind `first`, whose low `prefix` bits are free.
void add_integer(std::string& out, unsigned first, unsigned prefix, std::size_t value) {
  const std::size_t most = (1u << prefix) - 1;
  if (value < most) {
    out += static_cast<char>(first | value);
    return;
  }
  out += static_cast<char>(first | most);
  for (value -= most; value >= 128; value /= 128) out += static_cast<char>(value % 128 | 128);
  out += static_cast<char>(value);
}

std::string encode(std::string_view value) {
  constexpr unsigned kNeverIndexed = 0x10;
  constexpr std::size_t kName = 23;  // "authorization" in the static table (RFC 7541 appendix A)
  std::string bytes;
  bytes.reserve(value.size() + 2 * kFieldOverhead);
  add_integer(bytes, kNeverIndexed, 4, kName);
  add_integer(bytes, 0, 7, value.size());
  bytes += value;
  return bytes;
}

}  // namespace

std::shared_ptr<const Secret> H2Authorization::encoded(std::string_view value) {
  if (!encoded_ || value_.reveal() != value) {
    value_ = Secret(value);
    encoded_ = std::make_shared<const Secret>(encode(value));
  }
  return encoded_;
}

bool fits_one_frame(std::size_t bytes, std::size_t fields, std::size_t more) {
  return bytes + (fields + 1) * kFieldOverhead + more <= kFrameBytes;
}

}  // namespace wif::http
