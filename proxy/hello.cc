#include "proxy/hello.h"

#include <span>
#include <string_view>

namespace wif::proxy {
namespace {

// RFC 8446 section 6: record header, level fatal, code 112.
constexpr std::string_view kUnrecognizedName("\x15\x03\x03\x00\x02\x02\x70", 7);

// Outside the coroutine, whose memory would hold the buffer as long as the handshake.
tls::IoResult::State read_more(tls::TcpConnection& tcp, std::string& bytes) {
  char buffer[4096];
  const auto got = tcp.read(buffer, sizeof buffer);
  bytes.append(buffer, got.bytes);
  return got.state;
}

}  // namespace

Task<HelloOutcome> read_hello(tls::TcpConnection& tcp, std::string& bytes,
                              tls::ClientHello& hello) {
  for (;;) {
    const auto state = tls::parse_client_hello(std::as_bytes(std::span(bytes)), hello);
    if (state == tls::HelloState::kParsed) co_return HelloOutcome::kReady;
    if (state == tls::HelloState::kNotTls) co_return HelloOutcome::kNotTls;
    const auto got = read_more(tcp, bytes);
    if (got == tls::IoResult::State::kWouldBlock) {
      co_await tcp.readable();
    } else if (got != tls::IoResult::State::kDone) {
      co_return HelloOutcome::kGone;
    }
  }
}

void refuse_name(tls::TcpConnection& tcp) {
  tcp.write(kUnrecognizedName.data(), kUnrecognizedName.size());
}

}  // namespace wif::proxy
