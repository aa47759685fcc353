#include "http/connect_through.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"

namespace wif::http {
namespace {

using State = tls::IoResult::State;

constexpr std::size_t kMaxHeadBytes = 16u << 10;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

Error refused(std::string what, int status = 502) {
  Error error(Reason::kUpstreamConnect, "upstream.proxy: " + std::move(what));
  error.proxy_status = status == 504 ? "connection_timeout" : "destination_unavailable";
  error.status = status;
  return error;
}

Error cut_off(const tls::TcpConnection& tcp) {
  if (tcp.expired()) return refused("the proxy did not answer in time", 504);
  return refused("the proxy closed the connection; does it speak HTTP, without TLS?");
}

std::string request_for(const ProxyHop& hop, const std::string& host, std::uint16_t port) {
  const std::string authority = uri_host(host) + ":" + std::to_string(port);
  std::string request;
  // At once, so that no outgrown buffer keeps the secret.
  request.reserve(2 * authority.size() + hop.authorization.reveal().size() + 128);
  request.append("CONNECT ").append(authority).append(" HTTP/1.1\r\nHost: ").append(authority);
  request.append("\r\nUser-Agent: wif-proxy/" WIF_VERSION "\r\n");
  if (!hop.authorization.empty()) {
    request.append("Proxy-Authorization: ").append(hop.authorization.reveal()).append("\r\n");
  }
  request.append("\r\n");
  return request;
}

// Up to the end of the head and not a byte more: what follows is the destination's.
Task<Result<std::string>> read_head(tls::TcpConnection& tcp) {
  std::string head;
  while (head.size() < kMaxHeadBytes) {
    char buffer[1024];
    const auto seen = tcp.peek(buffer, sizeof buffer);
    if (seen.state == State::kWouldBlock) {
      co_await tcp.readable();
      continue;
    }
    if (seen.state != State::kDone) co_return cut_off(tcp);
    const std::size_t before = head.size();
    head.append(buffer, seen.bytes);
    const auto end = head.find(kHeadEnd, before < kHeadEnd.size() ? 0 : before - kHeadEnd.size());
    if (end != std::string::npos) head.resize(end + kHeadEnd.size());
    tcp.read(buffer, head.size() - before);
    if (end != std::string::npos) co_return head;
  }
  co_return refused("the proxy answered with a head of more than 16 KiB");
}

// "HTTP/1.1 200 …"
std::optional<int> status_in(std::string_view head) {
  const bool well_formed = head.starts_with("HTTP/1.") && head.size() >= 13 && head[8] == ' ' &&
                           (head[12] == ' ' || head[12] == '\r');
  if (!well_formed) return std::nullopt;
  return parse_decimal<int>(head.substr(9, 3));
}

Result<void> judge(const std::string& head, const ProxyHop& hop, const std::string& name) {
  const auto status = status_in(head);
  if (!status) return refused("what answers there is no HTTP proxy");
  if (*status >= 200 && *status < 300) return {};
  if (*status == 407 && hop.authorization.empty()) {
    return refused(
        "the proxy answered 407, it wants a user and a password: write "
        "http://USER:PASSWORD@HOST:PORT in the configuration file or WIF_PROXY_UPSTREAM_PROXY");
  }
  if (*status == 407) {
    return refused("the proxy answered 407, it does not accept the user and password given");
  }
  return refused("the proxy refused a connection to " + name + " with " + std::to_string(*status) +
                     "; it has to allow that host",
                 *status == 504 ? 504 : 502);
}

}  // namespace

Task<Result<void>> connect_through(tls::TcpConnection& tcp, const ProxyHop& hop,
                                   const std::string& host, std::uint16_t port,
                                   const std::string& name) {
  std::string request = request_for(hop, host, port);
  const bool sent = co_await tcp.write_all(request);
  wipe(request);
  if (!sent) co_return cut_off(tcp);
  CO_TRY(const std::string head, co_await read_head(tcp));
  co_return judge(head, hop, name);
}

}  // namespace wif::http
