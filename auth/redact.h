// Takes secrets out of text that a service sent us, before it is logged or passed on.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wif::auth {

// `text` with everything that is shaped like a JWT, a Google token, the value of an Authorization
// header, an AWS key or another random string of 40 characters or more replaced by "[redacted]".
// AWS key ids become "ASIA…WXYZ". Resource names, UUIDs and hexadecimal digests of up to 40 digits
// stay.
std::string redact(std::string_view text);

// redact(), on one line (white space collapsed, control bytes gone), cut at `max_bytes` without
// splitting a UTF-8 sequence.
std::string service_text(std::string_view text, std::size_t max_bytes = 500);

}  // namespace wif::auth
