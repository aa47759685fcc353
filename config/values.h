// Texts of the configuration as values. Errors say what was found and what to write instead.
// Pure and thread-safe.
#pragma once

#include <chrono>
#include <string_view>

#include "base/result.h"

namespace wif::config {

// "500ms", "10s", "5m", "1h": a whole number with a unit, at most ten years.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// true, 1, yes, on; false, 0, no, off; without regard to case.
Result<bool> parse_boolean(std::string_view text);

// The shape of an AWS region (credentials.md 4): "us-gov-west-1".
bool is_aws_region(std::string_view text);

// NAME@DOMAIN in printable ASCII: fit for a URL path and a header.
bool is_email(std::string_view text);

// Printable ASCII without spaces: fit for an HTTP field.
bool is_plain_word(std::string_view text);

Error value_error(std::string_view found, std::string_view remedy);

}  // namespace wif::config
