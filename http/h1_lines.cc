#include "http/h1_lines.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/text.h"

namespace wif::http {
namespace {

using Code = std::optional<std::string_view>;

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    table[static_cast<std::size_t>(c)] = alphanumeric;
  }
  for (const char c :
       {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'}) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr auto kToken = make_token_table();

// Whether one of eight bytes may be a control byte: the borrow of a subtraction sets its top bit. A
// byte above another one's borrow may be named wrongly, which costs only a closer look.
bool may_have_control_byte(const char* bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::uint64_t eight = 0;
  std::memcpy(&eight, bytes, sizeof eight);
  const std::uint64_t deletes = eight ^ (0x7f * kOnes);
  const std::uint64_t below = (eight - 0x20 * kOnes) & ~eight;
  const std::uint64_t zero = (deletes - kOnes) & ~deletes;
  return ((below | zero) & (0x80 * kOnes)) != 0;
}

bool is_version(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/1.") && (text[7] == '0' || text[7] == '1');
}

Code check_request_line(std::string_view line) {
  const auto first = line.find(' ');
  if (first == std::string_view::npos) return "request_line";
  if (!is_token(line.substr(0, first))) return "method";
  const auto second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return "request_line";
  const std::string_view target = line.substr(first + 1, second - first - 1);
  if (target.empty()) return "request_line";
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '#') return "target";
  }
  return is_version(line.substr(second + 1)) ? Code() : "version";
}

Code check_status_line(std::string_view line) {
  if (line.size() < 12 || !is_version(line.substr(0, 8)) || line[8] != ' ') return "status_line";
  if (!std::all_of(line.begin() + 9, line.begin() + 12, is_digit) || line[9] == '0') {
    return "status_line";
  }
  if (line.size() > 12 && line[12] != ' ') return "status_line";
  return has_control_byte(line.substr(12)) ? Code("control_byte") : Code();
}

}  // namespace

bool has_control_byte(std::string_view text) {
  const std::string_view whole = text;
  while (text.size() >= 8 && !may_have_control_byte(text.data())) text.remove_prefix(8);
  // Less than eight are left: they are looked at together with some of those before.
  if (text.size() < 8 && whole.size() >= 8 &&
      !may_have_control_byte(whole.data() + whole.size() - 8)) {
    return false;
  }
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return kToken[static_cast<unsigned char>(c)]; });
}

Code check_field_line(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return "obs_fold";
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return "missing_colon";
  const std::string_view name = line.substr(0, colon);
  if (name.empty()) return "empty_name";
  if (name.back() == ' ' || name.back() == '\t') return "space_before_colon";
  if (!is_token(name)) return "field_name";
  return has_control_byte(line.substr(colon + 1)) ? Code("control_byte") : Code();
}

Code check_head_lines(std::string_view head, HeadKind kind) {
  bool first = true;
  while (!head.empty()) {
    const auto end = head.find('\n');
    if (end == std::string_view::npos || end == 0 || head[end - 1] != '\r') return "bare_lf";
    const std::string_view line = head.substr(0, end - 1);
    head.remove_prefix(end + 1);
    if (line.empty()) return head.empty() && !first ? Code() : "empty_line";
    const Code wrong = !first                       ? check_field_line(line)
                       : kind == HeadKind::kRequest ? check_request_line(line)
                                                    : check_status_line(line);
    // No well-formed line has either of them; they are named before anything else.
    if (wrong && line.find('\r') != std::string_view::npos) return "bare_cr";
    if (wrong && line.find('\0') != std::string_view::npos) return "nul";
    if (wrong) return wrong;
    first = false;
  }
  return "no_end";
}

std::size_t find_head_end(std::string_view bytes) {
  for (std::size_t at = 0;; ++at) {
    at = bytes.find('\n', at);
    if (at == std::string_view::npos) return std::string_view::npos;
    if (at + 1 < bytes.size() && bytes[at + 1] == '\n') return at + 2;
    if (at + 2 < bytes.size() && bytes[at + 1] == '\r' && bytes[at + 2] == '\n') return at + 3;
  }
}

}  // namespace wif::http
