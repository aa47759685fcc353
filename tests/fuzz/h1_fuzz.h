// What the HTTP/1.1 fuzz targets share.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "http/h1_parser.h"
#include "http/h1_writer.h"
#include "tests/support/run_task.h"
#include "tls/transport.h"

namespace wif::http {

inline void require(bool condition) {
  if (!condition) std::abort();
}

// Keeps what is written.
class StringTransport final : public tls::Transport {
 public:
  StringTransport() : Transport(nullptr) {}
  tls::IoResult read(char*, std::size_t) override { return {tls::IoResult::State::kEof, 0}; }
  bool pending() const override { return false; }
  std::size_t put(std::string_view bytes) override {
    written += bytes;
    return bytes.size();
  }
  void close_write() override {}

  std::string written;
};

inline void run(Task<bool> task) { require(wif::run(std::move(task))); }

// No byte of a message may pass for the end of a line or of a field.
inline void require_clean(std::string_view text) {
  require(text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
}

inline void require_clean(const Headers& headers) {
  for (const HeaderField& field : headers.fields()) {
    require(is_token(field.name));
    for (const char c : field.name) require(c < 'A' || c > 'Z');
    require_clean(field.value);
    require(field.value.empty() || (field.value.front() != ' ' && field.value.back() != ' ' &&
                                    field.value.front() != '\t' && field.value.back() != '\t'));
  }
}

inline void require_equal(const Headers& a, const Headers& b) {
  require(a.fields().size() == b.fields().size());
  for (std::size_t i = 0; i < a.fields().size(); ++i) {
    require(a.fields()[i].name == b.fields()[i].name);
    require(a.fields()[i].value == b.fields()[i].value);
  }
}

// A body as it comes out when it is fed in pieces of at most `step` bytes.
struct FedBody {
  std::string data;
  std::size_t consumed = 0;
  bool last = false;
  bool refused = false;

  bool operator==(const FedBody&) const = default;
};

inline FedBody feed_body(H1Parser& parser, std::string_view bytes, std::size_t step) {
  FedBody fed;
  while (fed.consumed < bytes.size() && !fed.last) {
    std::string piece(bytes.substr(fed.consumed, step));
    const auto body = parser.parse_body(piece.data(), piece.size());
    if (!body) {
      // How much of the data in front of a fault comes out depends on the pieces.
      return {{}, 0, false, true};
    }
    require(body->consumed <= piece.size() && body->data.size() <= body->consumed);
    require(body->last || body->consumed == piece.size());
    fed.data += body->data;
    fed.consumed += body->consumed;
    fed.last = body->last;
  }
  return fed;
}

}  // namespace wif::http
