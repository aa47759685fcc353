#include "http/dial.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/connect_race.h"

namespace wif::http {
namespace {

using Connected = Result<std::unique_ptr<tls::TcpConnection>>;
constexpr std::size_t kMaxAddresses = 3;

// An address that is written out, where `host` is no name.
std::optional<asio::ip::address> literal_in(const std::string& host) {
  boost::system::error_code is_name;
  const auto address = asio::ip::make_address(host, is_name);
  if (is_name) return std::nullopt;
  return address;
}

Error none_allowed(const std::string& name) {
  return Error(Reason::kPrivateAddress, name +
                                            " has no address that may be dialled; options: "
                                            "upstream.private_addresses, upstream.allow_addresses");
}

}  // namespace

Task<Connected> Dialer::connect(DialTarget target) {
  if (target.via == nullptr) co_return co_await connect_directly(std::move(target));
  const std::string& name = target.name.empty() ? target.host : target.name;
  const auto literal = literal_in(target.host);
  if (literal && !target.allowed(*literal)) co_return none_allowed(name);
  DialTarget proxy;
  proxy.host = target.via->host;
  proxy.port = target.via->port;
  proxy.allowed = target.via->allowed;
  proxy.name = "the proxy";  // where it is, is none of the client's business
  auto tcp = co_await connect_directly(std::move(proxy));
  if (!tcp) co_return std::move(tcp).error().with_context("upstream.proxy");
  (*tcp)->limit(timeouts_.connect);
  CO_TRY_VOID(co_await connect_through(**tcp, *target.via, target.host, target.port, name));
  (*tcp)->limit(std::chrono::milliseconds(0));
  co_return std::move(tcp);
}

Task<Connected> Dialer::connect_directly(DialTarget target) {
  const std::string& name = target.name.empty() ? target.host : target.name;
  std::vector<asio::ip::address> addresses;
  if (const auto literal = literal_in(target.host)) {
    addresses.push_back(*literal);
  } else {
    CO_TRY(addresses, co_await resolver_.resolve(target.host, executor_, timeouts_.dns));
  }
  std::erase_if(addresses, [&](const asio::ip::address& each) { return !target.allowed(each); });
  if (addresses.empty()) co_return none_allowed(name);
  std::vector<asio::ip::tcp::endpoint> endpoints;
  for (const asio::ip::address& each : interleave(addresses)) {
    if (endpoints.size() < kMaxAddresses) endpoints.emplace_back(each, target.port);
  }
  RaceTimes times;
  times.limit = timeouts_.connect;
  auto socket = co_await connect_first(executor_, std::move(endpoints), times);
  if (!socket) co_return std::move(socket).error().with_context("connecting to " + name);
  co_return std::make_unique<tls::TcpConnection>(*std::move(socket), deadlines_);
}

}  // namespace wif::http
