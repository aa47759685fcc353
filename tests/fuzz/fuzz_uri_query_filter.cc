// The query filter against an oracle that decodes names first: no token passes, no API key is left,
// and every other byte stays.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/query.h"

namespace {

using wif::proxy::QueryCredential;

void require(bool condition) {
  if (!condition) std::abort();
}

int digit_of(char c) {
  const std::string_view digits = "0123456789abcdef0123456789ABCDEF";
  const std::size_t at = digits.find(c);
  return c == '\0' || at == std::string_view::npos ? -1 : static_cast<int>(at % 16);
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0 &&
        digit_of(text[i + 2]) >= 0) {
      out += static_cast<char>(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

std::vector<std::string> parameters_of(std::string_view target) {
  std::vector<std::string> parameters;
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return parameters;
  parameters.emplace_back();
  for (const char c : target.substr(mark + 1)) {
    if (c == '&') {
      parameters.emplace_back();
    } else {
      parameters.back() += c;
    }
  }
  return parameters;
}

std::string name_of(const std::string& parameter) {
  return decoded(parameter.substr(0, parameter.find('=')));
}

bool is_token(const std::string& name) {
  const std::string plain = lower(name.starts_with('$') ? name.substr(1) : name);
  return plain == "access_token" || plain == "oauth_token" || plain == "bearer_token";
}

bool is_key(const std::string& name) { return name == "key" || name == "$key"; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  const auto parameters = parameters_of(target);
  bool token = false;
  bool key = false;
  std::string expected(target.substr(0, target.find('?')));
  char separator = '?';
  for (const std::string& parameter : parameters) {
    const std::string name = name_of(parameter);
    token = token || is_token(name);
    key = key || is_key(name);
    if (is_key(name)) continue;
    expected += separator + parameter;
    separator = '&';
  }
  const QueryCredential found = wif::proxy::find_query_credential(target);
  require((found == QueryCredential::kToken) == token);
  require(wif::proxy::has_api_key(target) == key);
  const std::string kept = wif::proxy::without_api_key(target);
  require(!wif::proxy::has_api_key(kept));
  require(wif::proxy::find_query_credential(kept) == found);
  if (key) require(kept == expected);
  return 0;
}
