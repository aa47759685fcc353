#include "tls/client_hello.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace wif::tls {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kRecordHeaderBytes = 5;
constexpr std::size_t kMaxRecordBytes = 16384;
constexpr std::size_t kHandshakeHeaderBytes = 4;
constexpr std::size_t kMaxServerNameBytes = 255;
constexpr std::uint32_t kHandshakeRecord = 22;
constexpr std::uint32_t kClientHelloMessage = 1;
constexpr std::uint32_t kServerNameExtension = 0;
constexpr std::uint32_t kAlpnExtension = 16;

// Takes fields off the front; after one that does not fit, everything is empty and ok() false.
class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

  Bytes take(std::size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const Bytes taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  // Big-endian.
  std::uint32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (const std::byte b : take(bytes)) value = value << 8 | std::to_integer<std::uint32_t>(b);
    return value;
  }
  // A field behind its own length.
  Bytes vector(std::size_t length_bytes) { return take(number(length_bytes)); }

 private:
  Bytes rest_;
  bool ok_ = true;
};

std::string to_text(Bytes bytes) {
  std::string text(bytes.size(), '\0');
  std::transform(bytes.begin(), bytes.end(), text.begin(),
                 [](std::byte b) { return static_cast<char>(b); });
  return text;
}

// RFC 6066 3: a list that in practice holds one host_name, which must not be empty.
bool parse_server_name(Bytes extension, std::string& name) {
  Reader reader(extension);
  Reader list(reader.vector(2));
  const std::uint32_t type = list.number(1);
  const Bytes host = list.vector(2);
  if (!reader.ok() || !reader.at_end() || !list.ok() || !list.at_end() || type != 0) return false;
  if (host.empty() || host.size() > kMaxServerNameBytes) return false;
  if (std::find(host.begin(), host.end(), std::byte{0}) != host.end()) return false;
  name = to_text(host);
  return true;
}

// RFC 7301 3.1: neither the list nor a name may be empty.
bool parse_alpn(Bytes extension, std::vector<std::string>& alpn) {
  Reader reader(extension);
  Reader list(reader.vector(2));
  if (!reader.ok() || !reader.at_end() || list.at_end()) return false;
  while (!list.at_end()) {
    const Bytes protocol = list.vector(1);
    if (!list.ok() || protocol.empty()) return false;
    alpn.push_back(to_text(protocol));
  }
  return true;
}

bool parse_extensions(Bytes bytes, ClientHello& hello) {
  Reader reader(bytes);
  bool name_seen = false;
  bool alpn_seen = false;
  while (!reader.at_end()) {
    const std::uint32_t type = reader.number(2);
    const Bytes data = reader.vector(2);
    if (!reader.ok()) return false;
    if (type == kServerNameExtension) {
      if (std::exchange(name_seen, true) || !parse_server_name(data, hello.server_name))
        return false;
    } else if (type == kAlpnExtension) {
      if (std::exchange(alpn_seen, true) || !parse_alpn(data, hello.alpn)) return false;
    }
  }
  return true;
}

// RFC 8446 4.1.2; the same layout since TLS 1.0.
bool parse_message(Bytes body, ClientHello& hello) {
  Reader reader(body);
  const std::uint32_t version = reader.number(2);
  reader.take(32);  // random
  const Bytes session_id = reader.vector(1);
  const Bytes ciphers = reader.vector(2);
  const Bytes compressions = reader.vector(1);
  if (!reader.ok() || version >> 8 != 3 || session_id.size() > 32) return false;
  if (ciphers.empty() || ciphers.size() % 2 != 0 || compressions.empty()) return false;
  if (reader.at_end()) return true;  // TLS 1.2 without extensions
  const Bytes extensions = reader.vector(2);
  return reader.ok() && reader.at_end() && parse_extensions(extensions, hello);
}

bool header_is_possible(Bytes header) {
  constexpr std::byte kMajor{3};
  return std::to_integer<std::uint32_t>(header[0]) == kHandshakeRecord &&
         (header.size() < 2 || header[1] == kMajor);
}

// The handshake bytes of the next record, as far as they are there, and removed from `bytes`.
// nullopt when this is not a handshake record (RFC 8446 5.1: never empty, never above 2^14).
std::optional<Bytes> take_fragment(Bytes& bytes) {
  if (!header_is_possible(bytes)) return std::nullopt;
  if (bytes.size() < kRecordHeaderBytes) return std::exchange(bytes, {}).first(0);
  Reader header(bytes.subspan(3));
  const std::size_t length = header.number(2);
  if (length == 0 || length > kMaxRecordBytes) return std::nullopt;
  bytes = bytes.subspan(kRecordHeaderBytes);
  const Bytes fragment = bytes.first(std::min(length, bytes.size()));
  bytes = bytes.subspan(fragment.size());
  return fragment;
}

}  // namespace

HelloState parse_client_hello(std::span<const std::byte> bytes, ClientHello& out) {
  std::vector<std::byte> message;
  while (!bytes.empty()) {
    const auto fragment = take_fragment(bytes);
    if (!fragment) return HelloState::kNotTls;
    message.insert(message.end(), fragment->begin(), fragment->end());
    if (message.empty()) break;
    Reader header{Bytes(message)};
    if (header.number(1) != kClientHelloMessage) return HelloState::kNotTls;
    if (message.size() < kHandshakeHeaderBytes) continue;
    const std::size_t length = header.number(3);
    if (length > kMaxClientHelloBytes) return HelloState::kNotTls;
    if (message.size() < kHandshakeHeaderBytes + length) continue;
    ClientHello hello;
    if (!parse_message(Bytes(message).subspan(kHandshakeHeaderBytes, length), hello)) {
      return HelloState::kNotTls;
    }
    out = std::move(hello);
    return HelloState::kParsed;
  }
  return HelloState::kIncomplete;
}

}  // namespace wif::tls
