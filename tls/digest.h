// SHA-256, HMAC-SHA-256 and hexadecimal, over OpenSSL's EVP. Pure; any thread.
// Sources: FIPS 180-4, RFC 2104.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace wif::tls {

using Sha256 = std::array<std::uint8_t, 32>;

// Bytes are taken as string_view, because most of what is hashed here is text.
// Both throw std::bad_alloc when OpenSSL cannot allocate; there is no other way to fail.
Sha256 sha256(std::string_view bytes);
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

// The digest's bytes, for instance as the key of the next HMAC. Valid as long as `digest` is.
inline std::string_view bytes_of(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Lower-case hexadecimal.
std::string hex(std::string_view bytes);
inline std::string hex(const Sha256& digest) { return hex(bytes_of(digest)); }

}  // namespace wif::tls
