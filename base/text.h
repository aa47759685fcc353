// Small pure string helpers that more than one folder needs. All are thread-safe.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wif {

constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The same letters without regard to ASCII case.
bool iequals(std::string_view a, std::string_view b);
std::string to_lower(std::string_view text);
// Without leading and trailing spaces, tabs, CR and LF.
std::string_view trim(std::string_view text);
// The parts between separators; "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

// Of a hexadecimal digit in either case; -1 for other bytes.
int hex_value(char c);
// RFC 3986 section 2.3.
bool is_unreserved(char c);
// "%XX", upper-case hexadecimal.
void append_escape(std::string& out, char byte);
// A host as it stands in an authority (RFC 3986 section 3.2.2): IPv6 in brackets.
std::string uri_host(const std::string& host);

// RFC 3986: every byte but unreserved becomes %XX, upper-case hexadecimal.
std::string percent_encode(std::string_view text);
// nullopt on a malformed escape.
std::optional<std::string> percent_decode(std::string_view text);
// RFC 4648 section 4, with padding.
std::string base64_encode(std::string_view bytes);
// RFC 4648 section 5, padding optional; nullopt when malformed.
std::optional<std::string> base64url_decode(std::string_view text);

// The whole text as an unsigned decimal number of type T: digits only, no sign; nullopt on
// anything else or overflow.
template <typename T>
std::optional<T> parse_decimal(std::string_view text) {
  T value{};
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The candidate that is the fewest edits away from `word`, or "" when all are more than a third of
// its length away: for "did you mean".
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace wif
