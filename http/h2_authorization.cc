#include "http/h2_authorization.h"

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <string>
#include <utility>

namespace wif::http {
namespace {

constexpr std::size_t kTableBytes = 4096;   // with the default nothing is said of it on the wire
constexpr std::size_t kFieldOverhead = 12;  // two lengths, at their longest
constexpr std::size_t kFrameBytes = 16u << 10;  // RFC 9113 4.2: what every peer takes

struct DeflaterDeleter {
  void operator()(nghttp2_hd_deflater* deflater) const { nghttp2_hd_deflate_del(deflater); }
};

std::string encode(std::string_view value) {
  constexpr std::string_view kName = "authorization";
  nghttp2_hd_deflater* raw = nullptr;
  if (nghttp2_hd_deflate_new(&raw, kTableBytes) != 0) return {};
  const std::unique_ptr<nghttp2_hd_deflater, DeflaterDeleter> deflater(raw);
  nghttp2_nv field{};
  field.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(kName.data()));
  field.namelen = kName.size();
  field.value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
  field.valuelen = value.size();
  field.flags = NGHTTP2_NV_FLAG_NO_INDEX;
  std::string bytes(nghttp2_hd_deflate_bound(raw, &field, 1), '\0');
  const auto size = nghttp2_hd_deflate_hd(raw, reinterpret_cast<std::uint8_t*>(bytes.data()),
                                          bytes.size(), &field, 1);
  if (size < 0) wipe(bytes);
  bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return bytes;
}

}  // namespace

std::shared_ptr<const Secret> H2Authorization::encoded(std::string_view value) {
  if (encoded_ && value_.reveal() == value) return encoded_;
  std::string bytes = encode(value);
  if (bytes.empty()) return nullptr;
  value_ = Secret(value);
  encoded_ = std::make_shared<const Secret>(std::move(bytes));
  return encoded_;
}

bool fits_one_frame(std::size_t bytes, std::size_t fields, std::size_t more) {
  return bytes + (fields + 1) * kFieldOverhead + more <= kFrameBytes;
}

}  // namespace wif::http
