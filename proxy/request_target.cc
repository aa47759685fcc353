#include "proxy/request_target.h"

#include "config/host_pattern.h"
#include "http/target.h"

namespace wif::proxy {
namespace {

struct HostPort {
  std::string host;
  std::optional<std::uint16_t> port;
};

Result<HostPort> normalized(const http::Authority& authority) {
  auto host = config::normalize_host(authority.host);
  if (!host) return Error(Reason::kBadRequest, "the host of the request is not a host name");
  return HostPort{*std::move(host), authority.port};
}

// a Host that is overridden still has to be one.
Result<void> check_overridden_host(const http::RequestHead& head) {
  if (head.authority.empty()) return {};
  TRY(const auto authority, http::parse_authority(head.authority));
  auto host = normalized(authority);
  return host ? Result<void>() : std::move(host).error();
}

Result<void> must_be(const HostPort& named, const ClientInfo::Tunnel& tunnel) {
  if (named.host == tunnel.host && named.port.value_or(tunnel.port) == tunnel.port) return {};
  return Error(Reason::kHostMismatch,
               "the request is for " + named.host + " inside a connection to " + tunnel.host);
}

Result<RequestTarget> inside_session(const http::RequestHead& head,
                                     const ClientInfo::Tunnel& tunnel) {
  RequestTarget target;
  target.host = tunnel.host;
  target.port = tunnel.port;
  target.path_and_query = head.target;
  if (!head.target.starts_with('/') && head.target != "*") {
    TRY(const auto absolute, http::parse_absolute_target(head.target));
    TRY(const auto named, normalized(absolute.authority));
    TRY_VOID(must_be(named, tunnel));
    TRY_VOID(check_overridden_host(head));
    target.path_and_query = absolute.path_and_query;
    return target;  // absolute-form wins over Host (RFC 9112 3.2.2)
  }
  if (head.target == "*" && head.method != "OPTIONS") {
    return Error(Reason::kBadRequest, "the target * is only for OPTIONS");
  }
  if (head.authority == tunnel.host) return target;  // as nearly every client spells it
  if (head.authority.empty() && head.version == http::Version::kHttp10) return target;
  TRY(const auto authority, http::parse_authority(head.authority));
  TRY(const auto named, normalized(authority));
  TRY_VOID(must_be(named, tunnel));
  return target;
}

}  // namespace

Result<RequestTarget> find_target(const http::RequestHead& head,
                                  const std::optional<ClientInfo::Tunnel>& tunnel) {
  if (head.method == "CONNECT") {
    Error nested(Reason::kBadRequest, "CONNECT inside a session is not possible");
    nested.status = 405;
    return nested;
  }
  if (head.method == "TRACE" || head.method == "TRACK") {
    Error refused(Reason::kBadRequest, "the method " + std::string(head.method) + " is refused");
    refused.status = 405;
    return refused;
  }
  if (tunnel) return inside_session(head, *tunnel);
  TRY(const auto absolute, http::parse_absolute_target(head.target));
  TRY(auto named, normalized(absolute.authority));
  TRY_VOID(check_overridden_host(head));
  RequestTarget target;
  target.tls = absolute.scheme == "https";
  target.host = std::move(named.host);
  target.port = named.port.value_or(target.tls ? 443 : 80);
  target.path_and_query = absolute.path_and_query;
  return target;
}

std::string_view path_of(std::string_view path_and_query) {
  return path_and_query.substr(0, path_and_query.find('?'));
}

}  // namespace wif::proxy
