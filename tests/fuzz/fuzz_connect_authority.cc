// An authority that is accepted has a host and, written again, reads the same; its normalised name
// is one that a rule can match.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/address.h"
#include "config/host_pattern.h"
#include "http/target.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

std::string written(std::string_view host, std::uint16_t port) {
  const bool brackets = host.find(':') != std::string_view::npos;
  return (brackets ? "[" + std::string(host) + "]" : std::string(host)) + ":" +
         std::to_string(port);
}

void check_host(std::string_view host) {
  const auto name = wif::config::normalize_host(host);
  if (!name) return;
  require(wif::config::normalize_host(*name) == *name);
  require(!name->empty() && name->size() <= 253 && name->back() != '.');
  for (const char c : *name) {
    require((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
            c == ':');
  }
  if (name->find(':') != std::string::npos)
    require(wif::config::IpAddress::parse(*name).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto authority = wif::http::parse_authority(text)) {
    require(!authority->host.empty());
    require(authority->host.find_first_of("@/?#\\ []") == std::string_view::npos ||
            !wif::config::normalize_host(authority->host));
    if (authority->port) {
      require(*authority->port > 0);
      const std::string again = written(authority->host, *authority->port);
      const auto parsed = wif::http::parse_authority(again);
      require(parsed && parsed->host == authority->host && parsed->port == authority->port);
    }
    check_host(authority->host);
  }
  if (const auto target = wif::http::parse_absolute_target(text)) {
    require(target->scheme == "http" || target->scheme == "https");
    require(target->path_and_query.starts_with('/'));
    require(text.ends_with(target->path_and_query) || target->path_and_query == "/");
    check_host(target->authority.host);
  }
  return 0;
}
