// Server name and ALPN of a TLS ClientHello out of bytes that were only peeked at (RFC 8446 4.1.2
// and 5.1, RFC 6066 3, RFC 7301 3.1). Pure and thread-safe; consumes nothing.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace wif::tls {

// Larger ones are refused: three times the largest with post-quantum key shares.
inline constexpr std::size_t kMaxClientHelloBytes = 16384;

enum class HelloState {
  kIncomplete,  // well-formed so far; read more
  kNotTls,      // not TLS, or a ClientHello with a wrong length, a repeated extension, ...
  kParsed,
};

struct ClientHello {
  std::string server_name;        // as sent (not lower-cased, not checked); empty = none
  std::vector<std::string> alpn;  // in the client's order; empty = not offered
};

// Fills `out` only with kParsed. The message may span several records; bytes behind it are ignored.
HelloState parse_client_hello(std::span<const std::byte> bytes, ClientHello& out);

}  // namespace wif::tls
