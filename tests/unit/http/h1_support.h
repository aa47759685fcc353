// What the tests of the HTTP/1.1 code share: parsing from text, bodies in pieces, and a transport
// that is a script on one side and a string on the other.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/h1_parser.h"
#include "tests/support/run_task.h"
#include "tls/transport.h"

namespace wif::http {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline Fields fields_of(const Headers& headers) {
  Fields fields;
  for (const HeaderField& each : headers.fields()) fields.emplace_back(each.name, each.value);
  return fields;
}

// A request head with its parser; the views in `head` live as long as this.
struct ParsedRequest {
  explicit ParsedRequest(std::string text_in, const H1Limits& limits_in = {})
      : text(std::move(text_in)),
        limits(limits_in),
        parser(HeadKind::kRequest, limits),
        result(parser.parse_request_head(text.data(), text.size(), head)) {}
  ParsedRequest(const ParsedRequest&) = delete;
  ParsedRequest& operator=(const ParsedRequest&) = delete;

  std::string refusal() const { return result ? "" : std::string(parser.refusal()); }

  std::string text;
  H1Limits limits;
  H1Parser parser;
  RequestHead head;
  Result<void> result;
};

// The same of an answer to a request with `method`.
struct ParsedResponse {
  explicit ParsedResponse(std::string text_in, std::string_view method = "GET",
                          const H1Limits& limits_in = {})
      : text(std::move(text_in)),
        limits(limits_in),
        parser(HeadKind::kResponse, limits),
        result(parser.parse_response_head(text.data(), text.size(), method, head)) {}
  ParsedResponse(const ParsedResponse&) = delete;
  ParsedResponse& operator=(const ParsedResponse&) = delete;

  std::string refusal() const { return result ? "" : std::string(parser.refusal()); }

  std::string text;
  H1Limits limits;
  H1Parser parser;
  ResponseHead head;
  Result<void> result;
};

// A head with these field lines.
inline std::string with(const std::string& lines) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n";
}

inline constexpr std::string_view kChunkedHead =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

struct ReadBody {
  std::string data;
  bool last = false;
  std::size_t consumed = 0;
  std::string refusal;

  bool operator==(const ReadBody&) const = default;
};
inline void PrintTo(const ReadBody& body, std::ostream* out) {
  *out << testing::PrintToString(body.data) << (body.last ? " complete" : " open") << " after "
       << body.consumed << " \"" << body.refusal << "\"";
}

// Feeds `bytes` in pieces that end at `splits` (ascending) and at the end of the bytes.
inline ReadBody read_body(H1Parser& parser, std::string_view bytes,
                          const std::vector<std::size_t>& splits = {}) {
  ReadBody body;
  std::vector<std::size_t> ends(splits);
  ends.push_back(bytes.size());
  for (const std::size_t end : ends) {
    std::string piece(bytes.substr(body.consumed, end - body.consumed));
    if (piece.empty()) continue;
    const auto parsed = parser.parse_body(piece.data(), piece.size());
    if (!parsed) {
      body.refusal = parser.refusal();
      return body;
    }
    body.data += parsed->data;
    body.consumed += parsed->consumed;
    body.last = parsed->last;
    if (body.last) return body;
  }
  return body;
}

inline std::vector<std::size_t> every_offset(std::size_t size) {
  std::vector<std::size_t> splits;
  for (std::size_t at = 1; at < size; ++at) splits.push_back(at);
  return splits;
}

// Gives what the script says, then the end of the connection; keeps what is written. There is no
// peer: the socket inside is never connected, and only the clocks of a connection use it.
class ScriptedTransport final : public tls::Transport {
 public:
  explicit ScriptedTransport(std::unique_ptr<tls::TcpConnection> tcp = nullptr)
      : Transport(std::move(tcp)) {}

  tls::IoResult read(char* out, std::size_t size) override {
    if (incoming.empty()) return {tls::IoResult::State::kEof, 0};
    std::string& next = incoming.front();
    const std::size_t count = std::min(size, next.size());
    std::memcpy(out, next.data(), count);
    next.erase(0, count);
    if (next.empty()) incoming.pop_front();
    return {tls::IoResult::State::kDone, count};
  }
  bool pending() const override { return more; }
  std::size_t put(std::string_view bytes) override {
    if (bytes.empty()) throw std::logic_error("nothing is put");
    if (broken) return 0;
    records.emplace_back(bytes);
    return bytes.size();
  }
  void close_write() override {}
  void break_off() {
    broken = true;
    mark_broken();
  }

  std::string written() const {
    std::string all;
    for (const std::string& each : records) all += each;
    return all;
  }

  std::deque<std::string> incoming;
  std::vector<std::string> records;  // one for each put()
  bool broken = false;
  bool more = true;  // what pending() says
};

// With a socket that is open and goes nowhere.
inline std::unique_ptr<ScriptedTransport> scripted_transport(asio::io_context& io,
                                                             tls::DeadlineList& deadlines) {
  tls::Socket socket(io.get_executor(), asio::ip::tcp::v4());
  return std::make_unique<ScriptedTransport>(
      std::make_unique<tls::TcpConnection>(std::move(socket), deadlines));
}

}  // namespace wif::http
