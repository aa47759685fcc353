#include "auth/redact.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace wif::auth {
namespace {

constexpr std::string_view kRedacted = "[redacted]";
constexpr std::size_t kSuspiciousLength = 40;  // of an AWS secret access key, the shortest secret

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

// Base64 and base64url, JWT dots, and what Google's tokens are made of.
bool is_token_character(char c) {
  return is_upper(c) || is_lower(c) || is_digit(c) || c == '+' || c == '/' || c == '-' ||
         c == '_' || c == '=' || c == '.' || c == '%';
}

int kind_of(char c) { return is_upper(c) ? 1 : is_lower(c) ? 2 : is_digit(c) ? 3 : 0; }

// Random base64 changes between upper case, lower case and digits at two of three characters;
// resource names and host names at one of ten.
bool looks_random(std::string_view run) {
  std::size_t changes = 0;
  for (std::size_t i = 1; i < run.size(); ++i) {
    const int before = kind_of(run[i - 1]);
    const int after = kind_of(run[i]);
    if (before != 0 && after != 0 && before != after) ++changes;
  }
  return changes * 4 > run.size();
}

bool is_short_digest(std::string_view run) {
  return run.size() <= 40 && std::all_of(run.begin(), run.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f') || c == '-';
         });
}

bool is_key_id(std::string_view run) {
  if (run.size() < 16 || run.size() > 32) return false;
  if (run.substr(0, 4) != "AKIA" && run.substr(0, 4) != "ASIA") return false;
  return std::all_of(run.begin(), run.end(), [](char c) { return is_upper(c) || is_digit(c); });
}

bool is_secret(std::string_view run) {
  constexpr std::array<std::string_view, 3> kPrefixes{"eyJ", "ya29.", "GOCSPX-"};
  for (const std::string_view prefix : kPrefixes) {
    if (run.size() > prefix.size() + 4 && run.substr(0, prefix.size()) == prefix) return true;
  }
  return run.size() >= kSuspiciousLength && looks_random(run) && !is_short_digest(run);
}

// Whether what follows `before` is a value by its position: "Bearer X", "Signature=X".
bool announces_secret(std::string_view before) {
  constexpr std::array<std::string_view, 4> kMarks{"bearer ", "basic ", "signature=", "token="};
  return std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) {
    return before.size() >= mark.size() &&
           iequals(before.substr(before.size() - mark.size()), mark);
  });
}

// One run of token characters, or its parts where it is "name=value".
void append_run(std::string& out, std::string_view run, bool announced) {
  const auto equals = run.find('=');
  if (!announced && equals != std::string_view::npos && equals + 2 < run.size() &&
      run[equals + 1] != '=') {
    out += run.substr(0, equals + 1);
    append_run(out, run.substr(equals + 1), announces_secret(run.substr(0, equals + 1)));
    return;
  }
  if (is_key_id(run)) {
    out.append(run.substr(0, 4)).append("…").append(run.substr(run.size() - 4));
  } else if (is_secret(run) || (announced && run.size() >= 16)) {
    out += kRedacted;
  } else {
    out += run;
  }
}

}  // namespace

std::string redact(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t i = 0;
  while (i < text.size()) {
    if (!is_token_character(text[i])) {
      out += text[i++];
      continue;
    }
    const std::size_t start = i;
    while (i < text.size() && is_token_character(text[i])) ++i;
    append_run(out, text.substr(start, i - start), announces_secret(text.substr(0, start)));
  }
  return out;
}

std::string service_text(std::string_view text, std::size_t max_bytes) {
  // Cut before the search for secrets, generously: a body may be 256 KiB of anything.
  const std::string safe = redact(text.substr(0, 16 * max_bytes));
  std::string line;
  for (const char c : safe) {
    const bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    if (!blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
    if (line.size() > max_bytes + 4) break;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  if (line.size() <= max_bytes) return line;
  line.resize(max_bytes);
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xc0) == 0x80) line.pop_back();
  if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xc0) line.pop_back();
  return line;
}

}  // namespace wif::auth
