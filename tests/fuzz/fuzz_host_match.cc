// Host patterns against an oracle that compares labels instead of characters (threat-model.md P1).
// The input is "pattern LF host".
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "config/host_pattern.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// Lower case, a final dot dropped, last label first.
std::vector<std::string> labels_of(std::string_view name) {
  std::vector<std::string> labels{""};
  for (const char c : name) {
    if (c == '.') {
      labels.emplace_back();
    } else {
      labels.back() += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
  }
  if (labels.size() > 1 && labels.back().empty()) labels.pop_back();
  std::reverse(labels.begin(), labels.end());
  return labels;
}

bool oracle_matches(std::string_view pattern, std::string_view host) {
  if (pattern == "*") return true;
  const auto wanted = labels_of(pattern);
  const auto given = labels_of(host);
  const bool wildcard = wanted.back() == "*";
  const std::size_t fixed = wanted.size() - (wildcard ? 1 : 0);
  if (wildcard ? given.size() <= fixed : given.size() != fixed) return false;
  return std::equal(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(fixed),
                    given.begin());
}

bool is_plain_label(const std::string& label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view host = text.substr(line + 1);
  const auto name = wif::config::normalize_host(host);
  if (!name) return 0;
  require(wif::config::normalize_host(*name) == *name);
  if (name->find(':') == std::string::npos) {  // not an IPv6 literal
    const auto labels = labels_of(*name);
    require(std::all_of(labels.begin(), labels.end(), is_plain_label));
  }
  const auto pattern = wif::config::HostPattern::parse(text.substr(0, line));
  if (!pattern) return 0;
  require(pattern->matches(*name) == oracle_matches(text.substr(0, line), host));
  return 0;
}
