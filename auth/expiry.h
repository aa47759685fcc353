// Times as they stand in answers of AWS and Google. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace wif::auth {

// RFC 3339 with an optional fraction of any length and Z or an offset ("2024-01-01T01:00:00.5Z"),
// or a decimal number of seconds since 1970. Fractions are cut off. nullopt on anything else, leap
// seconds included.
std::optional<SystemTime> parse_timestamp(std::string_view text);

// `expires_in` of RFC 6749 5.1: a positive decimal number, capped at the 12 hours that no token of
// Google's exceeds. nullopt otherwise.
std::optional<std::chrono::seconds> parse_expires_in(std::string_view text);

// IMF-fixdate of RFC 9110 5.6.7, "Tue, 22 Nov 2022 03:04:05 GMT"; the obsolete forms are refused.
std::optional<SystemTime> parse_http_date(std::string_view text);

// "20240229T235959Z", as AWS signatures want it.
std::string amz_date(SystemTime time);

// The instant without its fraction, in seconds since 1970.
std::int64_t unix_seconds(SystemTime time);

}  // namespace wif::auth
