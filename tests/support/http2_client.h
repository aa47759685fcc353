// An HTTP/2 client of the proxy, inside TLS inside a CONNECT: nghttp2 and blocking calls, so that a
// test decides what is sent, what is read, and when credit is given back.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tests/sandbox/http.h"
#include "tests/support/client.h"

namespace wif::test {

// What came back on one stream.
struct Http2Answer {
  int status = 0;
  sandbox::HeaderList headers;
  sandbox::HeaderList trailers;
  std::string body;         // empty where a sink takes it
  std::uint64_t bytes = 0;  // of the body
  bool ended = false;       // by END_STREAM
  bool closed = false;
  std::uint32_t error = 0;  // of RST_STREAM

  std::string_view header(std::string_view name) const {
    return sandbox::find_header(headers, name);
  }
};

class Http2Client {
 public:
  struct Options {
    std::uint32_t stream_window = 1u << 20;
    std::int32_t connection_window = 16 << 20;
  };

  // Throws std::runtime_error where the proxy does not choose h2.
  Http2Client(const TestProxy& proxy, const std::string& host)
      : Http2Client(proxy, host, Options()) {}
  Http2Client(const TestProxy& proxy, const std::string& host, const Options& options);
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // Begins a request; without `end` its body is sent by write(). `fields` go beside the pseudo
  // fields; a name that begins with ":" replaces one of them.
  std::int32_t start(std::string_view method, std::string_view path,
                     const sandbox::HeaderList& fields = {}, bool end = true);
  void write(std::int32_t id, std::string_view bytes, bool end);
  void trailers(std::int32_t id, const sandbox::HeaderList& fields);
  void reset(std::int32_t id);
  void ping();
  // From now on body bytes of that stream get no credit: a reader that has stopped.
  void stall(std::int32_t id) { stalled_[id] = true; }
  // Body bytes go there and not into Http2Answer::body.
  std::function<void(std::string_view)> sink;

  // Sends and receives until the condition holds; false when the connection ended before.
  bool run_until(const std::function<bool()>& done);
  // The answer, once the stream is closed.
  const Http2Answer& finish(std::int32_t id);
  const Http2Answer& answer(std::int32_t id) { return answers_[id]; }
  // start() and finish().
  const Http2Answer& exchange(std::string_view method, std::string_view path,
                              const sandbox::HeaderList& fields = {});

  bool goaway() const { return goaway_; }
  std::uint32_t goaway_error() const { return goaway_error_; }
  // The connection ended.
  bool ended() const { return ended_; }

 private:
  struct Callbacks;
  struct Body {
    std::string pending;
    bool end = false;
    bool trailers = false;
  };
  bool send();

  std::string host_;
  TlsClient tls_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Http2Answer> answers_;
  std::map<std::int32_t, Body> bodies_;
  std::map<std::int32_t, bool> stalled_;
  bool goaway_ = false;
  std::uint32_t goaway_error_ = 0;
  bool ended_ = false;
};

}  // namespace wif::test
