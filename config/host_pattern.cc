#include "config/host_pattern.h"

#include <algorithm>

#include "base/text.h"
#include "config/address.h"

namespace wif::config {
namespace {

constexpr std::size_t kMaxNameBytes = 253;  // RFC 1035 2.3.4, without the length octets
constexpr std::size_t kMaxLabelBytes = 63;

bool is_label_edge(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_'; }

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabelBytes) return false;
  if (!is_label_edge(label.front()) || !is_label_edge(label.back())) return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return is_label_edge(c) || c == '-'; });
}

// What some resolver somewhere takes for an IPv4 address: "127.1", "0x7f.1", "2130706433".
bool looks_numeric(std::string_view last_label) {
  return last_label.starts_with("0x") ||
         std::all_of(last_label.begin(), last_label.end(), is_digit);
}

bool is_name(std::string_view lower) {
  if (lower.empty() || lower.size() > kMaxNameBytes) return false;
  const auto labels = split(lower, '.');
  if (!std::all_of(labels.begin(), labels.end(), is_label)) return false;
  return !looks_numeric(labels.back()) || IpAddress::parse(lower).has_value();
}

}  // namespace

std::optional<std::string> normalize_host(std::string_view host) {
  std::string lower = to_lower(host);
  if (lower.find(':') != std::string::npos) {
    if (!IpAddress::parse(lower)) return std::nullopt;
    return lower;
  }
  if (!lower.empty() && lower.back() == '.') lower.pop_back();
  if (!is_name(lower)) return std::nullopt;
  return lower;
}

Result<HostPattern> HostPattern::parse(std::string_view text) {
  HostPattern pattern;
  pattern.text_ = text;
  if (text == "*") return pattern;
  const bool wildcard = text.starts_with("*.");
  const std::string_view name = wildcard ? text.substr(2) : text;
  // Written as normalised: an upper-case letter or a final dot is a sign of a pasted URL or of a
  // rule that its author has not understood.
  const auto normal = normalize_host(name);
  if (!normal || *normal != name || (wildcard && IpAddress::parse(name))) {
    return Error(
        Reason::kConfiguration,
        "found \"" + std::string(text) +
            "\"; write a host name in lower case such as bigquery.googleapis.com, "
            "*.googleapis.com for all names below, or * for every host; no scheme, port or "
            "path, and * only as the whole first label");
  }
  pattern.kind_ = wildcard ? Kind::kSuffix : Kind::kExact;
  pattern.name_ = name;
  return pattern;
}

bool HostPattern::matches(std::string_view host) const {
  switch (kind_) {
    case Kind::kAny: return true;
    case Kind::kExact: return host == name_;
    case Kind::kSuffix: break;
  }
  return host.size() > name_.size() + 1 && host.ends_with(name_) &&
         host[host.size() - name_.size() - 1] == '.';
}

}  // namespace wif::config
