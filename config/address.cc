#include "config/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace wif::config {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kV4Offset = 96;

Error wrong(std::string_view text, std::string_view wanted) {
  return Error(Reason::kConfiguration,
               "found \"" + std::string(text) + "\"; write " + std::string(wanted));
}

std::optional<IpAddress> parse_v4(const std::string& text) {
  in_addr raw{};
  if (::inet_pton(AF_INET, text.c_str(), &raw) != 1) return std::nullopt;
  return IpAddress::v4(ntohl(raw.s_addr));
}

std::optional<IpAddress> parse_v6(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
  const IpAddress address(bytes);
  // ::ffff:a.b.c.d is not the canonical spelling of the IPv4 address that it means.
  if (address.is_v4()) return std::nullopt;
  return address;
}

bool same_prefix(const IpAddress& a, const IpAddress& b, unsigned prefix) {
  const unsigned whole = prefix / 8;
  if (!std::equal(a.bytes().begin(), a.bytes().begin() + whole, b.bytes().begin())) return false;
  if (prefix % 8 == 0) return true;
  const unsigned mask = 0xffu << (8 - prefix % 8) & 0xffu;
  return ((a.bytes()[whole] ^ b.bytes()[whole]) & mask) == 0;
}

IpAddress masked(const IpAddress& address, unsigned prefix) {
  auto bytes = address.bytes();
  for (unsigned bit = prefix; bit < 128; ++bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~(0x80u >> bit % 8));
  }
  return IpAddress(bytes);
}

// "HOST:PORT" or "[HOST]:PORT" in two, without the brackets.
std::optional<std::pair<std::string_view, std::uint16_t>> split_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_decimal<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port) return std::nullopt;
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos) return std::nullopt;
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;  // IPv6 without brackets: where the port begins would be a guess
  }
  return std::pair{host, *port};
}

}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
  for (unsigned i = 0; i < 4; ++i) {
    bytes[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  }
  return IpAddress(bytes);
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return {};
  const std::string copy(text);
  auto address = copy.find(':') == std::string::npos ? parse_v4(copy) : parse_v6(copy);
  if (address && address->to_string() != text) address.reset();
  return address;
}

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[12] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto byte) { return byte == 0; }) &&
         bytes_[15] == 1;
}

std::uint32_t IpAddress::v4_bits() const {
  std::uint32_t bits = 0;
  for (unsigned i = 12; i < 16; ++i) bits = bits << 8 | bytes_[i];
  return bits;
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  const bool v4 = is_v4();
  ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? 12 : 0), text, sizeof text);
  return text;
}

Result<Cidr> Cidr::parse(std::string_view text) {
  constexpr std::string_view kWanted = "an address or a range such as 10.0.0.0/8 or fd00::/8";
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return wrong(text, kWanted);
  const unsigned offset = address->is_v4() ? kV4Offset : 0;
  Cidr cidr;
  cidr.network_ = *address;
  if (slash == std::string_view::npos) return cidr;
  const auto prefix = parse_decimal<unsigned>(text.substr(slash + 1));
  if (!prefix || *prefix > 128 - offset) return wrong(text, kWanted);
  cidr.prefix_ = offset + *prefix;
  // Bits behind the prefix mean that one of the two numbers is not what its writer thinks.
  cidr.network_ = masked(*address, cidr.prefix_);
  if (!(cidr.network_ == *address)) return wrong(text, cidr.to_string());
  return cidr;
}

bool Cidr::contains(const IpAddress& address) const {
  // "::/0" means every IPv6 address, although IPv4 is kept inside that range here.
  return address.is_v4() == network_.is_v4() && same_prefix(address, network_, prefix_);
}

std::string Cidr::to_string() const {
  const unsigned offset = network_.is_v4() ? kV4Offset : 0;
  return network_.to_string() + "/" + std::to_string(prefix_ - offset);
}

Result<CidrPort> CidrPort::parse(std::string_view text) {
  const auto parts = split_port(text);
  if (!parts || parts->second == 0) {
    return wrong(text, "CIDR:PORT, such as 10.1.2.0/24:443 or [fd00::/8]:443");
  }
  TRY(const Cidr cidr, Cidr::parse(parts->first));
  CidrPort result;
  result.cidr = cidr;
  result.port = parts->second;
  return result;
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  constexpr std::string_view kWanted = "ADDRESS:PORT, such as 127.0.0.1:3128 or [::1]:3128";
  const auto parts = split_port(text);
  if (!parts) return wrong(text, kWanted);
  Endpoint endpoint;
  endpoint.port = parts->second;
  // "::", the default, accepts IPv4 as well.
  if (parts->first.empty()) return endpoint;
  const auto host = parts->first == "localhost" ? "127.0.0.1" : parts->first;
  const auto address = IpAddress::parse(host);
  if (!address) return wrong(text, kWanted);
  endpoint.address = *address;
  return endpoint;
}

std::string Endpoint::to_string() const {
  return uri_host(address.to_string()) + ":" + std::to_string(port);
}

}  // namespace wif::config
