// Compressed request bodies, as Google's Java clients send them (RFC 1952).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sandbox {

// What was compressed; nullopt when `bytes` are not one or more whole gzip members, or stand for
// more than `limit` bytes.
std::optional<std::string> gunzip(std::string_view bytes, std::size_t limit = 64u << 20);

// For tests.
std::string gzip(std::string_view bytes);

}  // namespace sandbox
