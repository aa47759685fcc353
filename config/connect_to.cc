#include "config/connect_to.h"

#include <optional>
#include <vector>

#include "base/text.h"
#include "config/address_policy.h"
#include "config/host_pattern.h"
#include "config/values.h"

namespace wif::config {
namespace {

// The parts between colons that are not inside brackets, brackets removed.
std::optional<std::vector<std::string_view>> split_outside_brackets(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    std::size_t end = text.find(':');
    if (text.starts_with('[')) {
      const auto bracket = text.find(']');
      if (bracket == std::string_view::npos) return std::nullopt;
      parts.push_back(text.substr(1, bracket - 1));
      end = bracket + 1;
      if (end < text.size() && text[end] != ':') return std::nullopt;
    } else {
      parts.push_back(text.substr(0, end));
    }
    if (end >= text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Result<ConnectTo> parse_connect_to(std::string_view text) {
  constexpr std::string_view kWanted =
      "write HOST:PORT:HOST:PORT; the first two may be empty for any";
  const auto parts = split_outside_brackets(text);
  if (!parts || parts->size() != 4) return value_error(text, kWanted);
  ConnectTo mapping;
  if (const auto host = (*parts)[0]; !host.empty()) {
    const auto normal = normalize_host(host);
    if (!normal) return value_error(text, kWanted);
    mapping.host = *normal;
  }
  if (const auto port = (*parts)[1]; !port.empty()) {
    const auto number = parse_decimal<std::uint16_t>(port);
    if (!number || *number == 0) return value_error(text, kWanted);
    mapping.port = *number;
  }
  const auto to_host = normalize_host((*parts)[2]);
  const auto to_port = parse_decimal<std::uint16_t>((*parts)[3]);
  if (!to_host || !to_port || *to_port == 0) return value_error(text, kWanted);
  if (const auto address = IpAddress::parse(*to_host); address && never_dialled(*address)) {
    return value_error(text, "link-local and metadata addresses are never dialled; name another");
  }
  mapping.to_host = *to_host;
  mapping.to_port = *to_port;
  return mapping;
}

const ConnectTo* find_connect_to(const std::vector<ConnectTo>& mappings, std::string_view host,
                                 std::uint16_t port) {
  for (const ConnectTo& mapping : mappings) {
    const bool host_fits = mapping.host.empty() || mapping.host == host;
    const bool port_fits = mapping.port == 0 || mapping.port == port;
    if (host_fits && port_fits) return &mapping;
  }
  return nullptr;
}

}  // namespace wif::config
