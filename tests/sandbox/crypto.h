// The few primitives that the stand-ins share.
#pragma once

#include <openssl/evp.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sandbox {

using TimePoint = std::chrono::system_clock::time_point;

std::string to_hex(std::string_view bytes);
std::string sha256(std::string_view bytes);                               // 32 raw bytes
std::string hmac_sha256(std::string_view key, std::string_view message);  // 32 raw bytes

// Base64 in the URL alphabet without padding, and both alphabets decoded, padding optional;
// nullopt for other characters.
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

// `size` characters of [A-Za-z0-9_-] from the system's random source.
std::string random_text(std::size_t size);

// "2022-11-22T03:04:05Z", "20221122T030405Z", "Tue, 22 Nov 2022 03:04:05 GMT".
std::string format_rfc3339(TimePoint time);
std::string format_amz_date(TimePoint time);
std::string format_http_date(TimePoint time);
// Reads "20221122T030405Z".
std::optional<TimePoint> parse_amz_date(std::string_view text);
long long unix_seconds(TimePoint time);

// SHA-256 of bytes that arrive piece by piece; `hex` may be asked at any time.
class RunningSha256 {
 public:
  RunningSha256();
  void add(std::string_view bytes);
  std::string hex() const;

 private:
  std::shared_ptr<EVP_MD_CTX> context_;
};

}  // namespace sandbox
