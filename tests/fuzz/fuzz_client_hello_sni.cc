// The ClientHello parser must never crash or read beyond its input, and an answer must not change
// when more bytes arrive: what is parsed stays parsed, and a prefix of it is never refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "tls/client_hello.h"

namespace {

using wif::tls::ClientHello;
using wif::tls::HelloState;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_prefix(std::span<const std::byte> bytes, std::size_t size, HelloState whole,
                  const ClientHello& hello) {
  ClientHello shorter;
  const HelloState state = wif::tls::parse_client_hello(bytes.first(size), shorter);
  if (state == HelloState::kIncomplete) return;
  require(state == whole);
  require(shorter.server_name == hello.server_name && shorter.alpn == hello.alpn);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  ClientHello hello;
  const HelloState whole = wif::tls::parse_client_hello(bytes, hello);
  if (whole != HelloState::kParsed) require(hello.server_name.empty() && hello.alpn.empty());
  for (const std::size_t part : {size / 4, size / 2, size - size / 4, size - (size > 0 ? 1 : 0)}) {
    check_prefix(bytes, part, whole, hello);
  }
  return 0;
}
