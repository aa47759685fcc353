#include "config/values.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "base/text.h"

namespace wif::config {
namespace {

constexpr std::uint64_t kLongestMilliseconds = 10ull * 365 * 24 * 3600 * 1000;

bool is_letters(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

Error value_error(std::string_view found, std::string_view remedy) {
  std::string shown(found.substr(0, 100));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  return Error(Reason::kConfiguration, "found \"" + shown + "\"; " + std::string(remedy));
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> kUnits{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_decimal<std::uint64_t>(text.substr(0, end));
  for (const auto& [unit, milliseconds] : kUnits) {
    if (!number || text.substr(end) != unit) continue;
    if (*number > kLongestMilliseconds / milliseconds) break;
    return std::chrono::milliseconds(*number * milliseconds);
  }
  return value_error(text, "write a duration with its unit, such as 500ms, 10s, 5m or 1h");
}

Result<bool> parse_boolean(std::string_view text) {
  for (const std::string_view word : {"true", "1", "yes", "on"}) {
    if (iequals(text, word)) return true;
  }
  for (const std::string_view word : {"false", "0", "no", "off"}) {
    if (iequals(text, word)) return false;
  }
  return value_error(text, "write true or false");
}

bool is_aws_region(std::string_view text) {
  const auto parts = split(text, '-');
  if (parts.size() < 3 || parts.size() > 4) return false;
  if (parts.front().size() != 2 || !std::all_of(parts.begin(), parts.end() - 1, is_letters)) {
    return false;
  }
  return !parts.back().empty() && std::all_of(parts.back().begin(), parts.back().end(), is_digit);
}

bool is_plain_word(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  return is_plain_word(text) && text.find_first_of("/:?#%") == std::string_view::npos &&
         at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos;
}

}  // namespace wif::config
