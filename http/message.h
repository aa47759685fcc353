// The message model that every protocol pairing shares: heads as values, bodies as streams that are
// pulled, so that back-pressure needs no option. An exchange on the client side is a ServerStream,
// on the upstream side a ClientStream; relaying knows neither protocol.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "http/headers.h"

namespace wif::http {

enum class Version { kHttp10, kHttp11, kHttp2 };

// Views live as long as the exchange.
struct RequestHead {
  std::string_view method;
  // As received: origin-form ("/path?query", "*"), absolute-form ("http://host/path") or, for
  // CONNECT, authority-form. http/target.h takes it apart; path_and_query is what goes upstream.
  std::string_view target;
  std::string_view path_and_query;
  std::string_view authority;  // Host or :authority as received; "" where there is none
  Version version = Version::kHttp11;
  Headers headers;                              // without host and framing fields
  std::optional<std::uint64_t> content_length;  // of the body
  bool chunked = false;                         // a body of unknown length
  bool expect_continue = false;
  bool keep_alive = true;

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

struct ResponseHead {
  int status = 200;
  std::string_view reason;  // phrase; "" = the usual one. Not carried by HTTP/2
  Headers headers;          // without framing fields
  // Length of the body, or of what the body would be (HEAD, 304).
  std::optional<std::uint64_t> content_length;
  bool no_body = false;  // by method or status (RFC 9112 section 6.3), or it is empty
  bool last = false;     // nothing follows, no trailers either
};

// Lives until the next call on the same stream.
struct Chunk {
  std::string_view data;
  bool last = false;  // ends the body; trailers() is valid then
};

class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // What is there now, gathered up to a block; waits only when there is nothing.
  virtual Task<Result<Chunk>> read() = 0;
  // Whether read() gives something without waiting.
  virtual bool ready() const = 0;
  virtual const Headers& trailers() const = 0;
};

class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  // Returns when the peer's transport has taken the bytes.
  virtual Task<Result<void>> write(std::string_view bytes, bool last) = 0;
  // Ends a body with trailer fields.
  virtual Task<Result<void>> finish(const Headers& trailers) = 0;
  // Ends the exchange so that the peer does not take it for complete.
  virtual void reset() = 0;
};

// One exchange as its server sees it.
class ServerStream : public BodyReader, public BodyWriter {
 public:
  virtual RequestHead& head() = 0;
  // May be called with 1xx first. `last`: no body follows, or it is not to be sent (HEAD). The head
  // may wait in the batch until the first body bytes are there.
  virtual Task<Result<void>> respond(const ResponseHead& head, bool last) = 0;
  // Sends a head that waits in the batch: the body may take a while.
  virtual Task<Result<void>> flush() = 0;
  // Whether the request's body was read to its end.
  virtual bool body_done() const = 0;
  // The connection ends with this exchange. Call before respond().
  virtual void close_after() = 0;
  // After the answer, while the client still sends: reads and drops up to `limit` bytes, so that it
  // gets to read the answer.
  virtual Task<void> drain(std::size_t limit) = 0;
  // A read that is waiting ends after `limit` at the latest; the next read sets its own again.
  virtual void limit_reading(std::chrono::milliseconds limit) = 0;
  // `hook` is called once from the loop when the client gives the exchange up; null takes it back.
  // HTTP/1.1 does not say so before the connection is read or written, and never calls it.
  virtual void when_gone(std::function<void()> hook) = 0;
};

// One exchange as its client sees it.
class ClientStream : public BodyReader, public BodyWriter {
 public:
  // `last`: the request has no body.
  virtual Task<Result<void>> send(const RequestHead& head, bool last) = 0;
  // Sends a head that waits in the batch.
  virtual Task<Result<void>> flush() = 0;
  // 1xx answers come one by one. Views in the head live until the first body read.
  virtual Task<Result<ResponseHead*>> receive() = 0;
  // Waits until an answer begins to arrive; false when `limit` passes first.
  virtual Task<bool> answer_within(std::chrono::milliseconds limit) = 0;
  // Whether any byte of an answer came.
  virtual bool answered() const = 0;
};

}  // namespace wif::http
