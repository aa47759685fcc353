#include "http/dial.h"

#include <utility>
#include <vector>

#include "http/connect_race.h"

namespace wif::http {
namespace {

using Connected = Result<std::unique_ptr<tls::TcpConnection>>;
constexpr std::size_t kMaxAddresses = 3;

}  // namespace

Task<Connected> Dialer::connect(DialTarget target) {
  const std::string& name = target.name.empty() ? target.host : target.name;
  std::vector<asio::ip::address> addresses;
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(target.host, not_literal);
  if (!not_literal) {
    addresses.push_back(literal);
  } else {
    CO_TRY(addresses, co_await resolver_.resolve(target.host, executor_, timeouts_.dns));
  }
  std::erase_if(addresses, [&](const asio::ip::address& each) { return !target.allowed(each); });
  if (addresses.empty()) {
    co_return Error(Reason::kPrivateAddress,
                    name +
                        " has no address that may be dialled; options: "
                        "upstream.private_addresses, upstream.allow_addresses");
  }
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
