#include "http/target.h"

#include "base/text.h"

namespace wif::http {
namespace {

Result<std::optional<std::uint16_t>> parse_port(std::string_view text) {
  const auto port = text.size() <= 5 ? parse_decimal<std::uint16_t>(text) : std::nullopt;
  if (!port || *port == 0) {
    return Error(Reason::kBadRequest, "the port of the authority is not a number of 1 to 65535");
  }
  return std::optional<std::uint16_t>(*port);
}

}  // namespace

Result<Authority> parse_authority(std::string_view text) {
  if (text.find_first_of("@/?#\\ ") != std::string_view::npos) {
    return Error(Reason::kBadRequest, "the authority is more than host and port");
  }
  Authority authority;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) {
      return Error(Reason::kBadRequest, "the authority has an unclosed bracket");
    }
    authority.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (authority.host.find(':') == std::string_view::npos) {
      return Error(Reason::kBadRequest, "only IPv6 addresses are written in brackets");
    }
  } else {
    const auto colon = text.find(':');
    authority.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (authority.host.empty()) return Error(Reason::kBadRequest, "the authority has no host");
  if (!rest.empty()) {
    if (rest.front() != ':') return Error(Reason::kBadRequest, "the authority is malformed");
    TRY(authority.port, parse_port(rest.substr(1)));
  }
  return authority;
}

Result<AbsoluteTarget> parse_absolute_target(std::string_view target) {
  AbsoluteTarget parsed;
  const auto colon = target.find("://");
  const std::string_view scheme = target.substr(0, colon);
  if (colon != std::string_view::npos && iequals(scheme, "http")) parsed.scheme = "http";
  if (colon != std::string_view::npos && iequals(scheme, "https")) parsed.scheme = "https";
  if (parsed.scheme.empty()) {
    return Error(Reason::kBadRequest,
                 "a proxied request needs an absolute target (http://host/path) or CONNECT");
  }
  const std::string_view rest = target.substr(colon + 3);
  const auto end = rest.find_first_of("/?");
  TRY(parsed.authority, parse_authority(rest.substr(0, end)));
  parsed.path_and_query = end == std::string_view::npos ? "/" : rest.substr(end);
  if (parsed.path_and_query.front() == '?') {
    // "http://host?query" means "/?query" (RFC 9112 3.2.1); no client writes it, so no copy for it.
    return Error(Reason::kBadRequest, "the target has a query but no path");
  }
  return parsed;
}

}  // namespace wif::http
