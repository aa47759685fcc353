#include "proxy/query.h"

#include <optional>

#include "base/text.h"

namespace wif::proxy {
namespace {

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  c = ascii_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The next character of `text` with its escape taken off, which is removed from `text`. A malformed
// escape stands for itself, as it does for servers.
char take_decoded(std::string_view& text) {
  char c = text.front();
  std::size_t length = 1;
  if (c == '%' && text.size() >= 3) {
    const int high = hex_value(text[1]);
    const int low = hex_value(text[2]);
    if (high >= 0 && low >= 0) {
      c = static_cast<char>(high * 16 + low);
      length = 3;
    }
  }
  text.remove_prefix(length);
  return c;
}

// Whether a parameter's name, as it stands in the query, means `name`.
bool means(std::string_view encoded, std::string_view name, bool ignore_case) {
  // Every character takes one or three bytes.
  if (encoded.size() < name.size() || encoded.size() > 3 * name.size()) return false;
  for (const char wanted : name) {
    if (encoded.empty()) return false;
    const char c = take_decoded(encoded);
    if (c != wanted && !(ignore_case && ascii_lower(c) == wanted)) return false;
  }
  return encoded.empty();
}

// Walks over the parameters of a query, empty ones included.
class Parameters {
 public:
  explicit Parameters(std::string_view query) : rest_(query) {}

  std::optional<std::string_view> next() {
    if (done_) return std::nullopt;
    const auto end = rest_.find('&');
    const std::string_view parameter = rest_.substr(0, end);
    done_ = end == std::string_view::npos;
    if (!done_) rest_.remove_prefix(end + 1);
    return parameter;
  }

 private:
  std::string_view rest_;
  bool done_ = false;
};

std::string_view name_of(std::string_view parameter) {
  return parameter.substr(0, parameter.find('='));
}

// Behind the first "?"; "" where there is none.
std::string_view query_of(std::string_view path_and_query) {
  const auto mark = path_and_query.find('?');
  return mark == std::string_view::npos ? std::string_view{} : path_and_query.substr(mark + 1);
}

// Google's APIs take their system parameters with a "$" in front as well.
std::string_view without_dollar(std::string_view name) {
  std::string_view rest = name;
  return !rest.empty() && take_decoded(rest) == '$' ? rest : name;
}

bool is_token(std::string_view encoded) {
  const std::string_view name = without_dollar(encoded);
  return means(name, "access_token", true) || means(name, "oauth_token", true) ||
         means(name, "bearer_token", true);
}

// Google knows this name in lower case only; another `Key` belongs to the application.
bool is_api_key(std::string_view parameter) {
  return means(without_dollar(name_of(parameter)), "key", false);
}

}  // namespace

QueryCredential find_query_credential(std::string_view path_and_query) {
  const std::string_view query = query_of(path_and_query);
  if (query.empty()) return QueryCredential::kNone;
  bool v4_signature = false;
  bool v2_signature = false;
  bool access_id = false;
  Parameters parameters(query);
  while (const auto parameter = parameters.next()) {
    const std::string_view name = name_of(*parameter);
    if (is_token(name)) return QueryCredential::kToken;
    v4_signature = v4_signature || means(name, "x-goog-signature", true);
    v2_signature = v2_signature || means(name, "signature", true);
    access_id = access_id || means(name, "googleaccessid", true);
  }
  const bool is_signed = v4_signature || (v2_signature && access_id);
  return is_signed ? QueryCredential::kSignedUrl : QueryCredential::kNone;
}

bool has_api_key(std::string_view path_and_query) {
  const std::string_view query = query_of(path_and_query);
  if (query.empty()) return false;
  Parameters parameters(query);
  while (const auto parameter = parameters.next()) {
    if (is_api_key(*parameter)) return true;
  }
  return false;
}

std::string without_api_key(std::string_view path_and_query) {
  const std::string_view query = query_of(path_and_query);
  const std::size_t mark = path_and_query.size() - query.size();  // just behind the "?"
  std::string kept(path_and_query.substr(0, query.empty() ? path_and_query.size() : mark - 1));
  if (query.empty()) return kept;
  char separator = '?';
  Parameters parameters(query);
  while (const auto parameter = parameters.next()) {
    if (is_api_key(*parameter)) continue;
    kept += separator;
    kept += *parameter;
    separator = '&';
  }
  return kept;
}

std::string_view query_value(std::string_view query, std::string_view name) {
  Parameters parameters(query);
  while (const auto parameter = parameters.next()) {
    if (!means(name_of(*parameter), name, false)) continue;
    const auto equals = parameter->find('=');
    return equals == std::string_view::npos ? std::string_view{} : parameter->substr(equals + 1);
  }
  return {};
}

}  // namespace wif::proxy
