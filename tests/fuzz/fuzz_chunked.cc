// A chunked body decodes the same whatever the pieces, and where llhttp takes it too, to the same
// bytes (threat-model.md P4).
#include <llhttp.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/chunked.h"

namespace {

using wif::http::ChunkedDecoder;
using wif::http::ChunkLimits;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Decoded {
  std::string data;
  std::size_t consumed = 0;
  bool done = false;
  std::string trailers;
  std::string_view code;

  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t step) {
  // Low, so that the fuzzer gets there.
  static const ChunkLimits kLimits{40, 60, 60};
  ChunkedDecoder decoder(kLimits);
  Decoded decoded;
  while (decoded.consumed < bytes.size() && !decoder.done()) {
    std::string piece(bytes.substr(decoded.consumed, step));
    ChunkedDecoder::Piece got;
    if (const auto wrong = decoder.decode(piece.data(), piece.size(), got)) {
      Decoded refused;
      refused.code = *wrong;
      return refused;
    }
    require(got.consumed <= piece.size() && got.data_bytes <= got.consumed);
    decoded.data += piece.substr(0, got.data_bytes);
    decoded.consumed += got.consumed;
  }
  decoded.done = decoder.done();
  decoded.trailers = decoder.trailers();
  return decoded;
}

struct Oracle {
  std::string data;
  bool complete = false;
  std::size_t consumed = 0;
};

Oracle ask_llhttp(std::string_view body) {
  static constexpr std::string_view kHead = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  Oracle oracle;
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_body = [](llhttp_t* parser, const char* at, std::size_t size) {
    static_cast<Oracle*>(parser->data)->data.append(at, size);
    return 0;
  };
  settings.on_message_complete = [](llhttp_t* parser) {
    static_cast<Oracle*>(parser->data)->complete = true;
    return static_cast<int>(HPE_PAUSED);
  };
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  parser.data = &oracle;
  const std::string message = std::string(kHead) + std::string(body);
  llhttp_execute(&parser, message.data(), message.size());
  if (oracle.complete) {
    oracle.consumed =
        static_cast<std::size_t>(llhttp_get_error_pos(&parser) - message.data()) - kHead.size();
  }
  return oracle;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Decoded whole = decode(bytes, size + 1);
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
    require(decode(bytes, step) == whole);
  }
  if (!whole.done) return 0;
  require(whole.trailers.find('\0') == std::string::npos);
  const Oracle oracle = ask_llhttp(bytes);
  if (oracle.complete) require(oracle.data == whole.data && oracle.consumed == whole.consumed);
  return 0;
}
