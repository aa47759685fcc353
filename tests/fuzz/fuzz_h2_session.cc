// The server side of an HTTP/2 connection with a peer that sends anything: a stream is handed out
// once, a body never is longer than its window or other than its head says, and when the peer has
// gone nothing is left. The handlers do what exchanges do.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>

#include "base/ready_queue.h"
#include "http/h2_server.h"
#include "tests/fuzz/h1_fuzz.h"
#include "tests/fuzz/h2_script.h"

namespace wif::fuzz {
namespace {

using http::require;

struct HandlerFailed : std::runtime_error {
  HandlerFailed() : runtime_error("the handler failed") {}
};

// What a handler does, from one byte.
struct Plan {
  enum Reading : unsigned { kNothing, kOnePiece, kAll, kWhileAnswering };
  enum Answer : unsigned { kHead, kShort, kLong, kTrailers };
  enum Fault : unsigned { kNone, kInterim, kReset, kThrow };

  explicit Plan(unsigned byte)
      : reading(static_cast<Reading>(byte & 3)),
        answer(static_cast<Answer>(byte >> 2 & 3)),
        fault(static_cast<Fault>(byte >> 4 & 3)),
        waits((byte & 64) != 0),
        misdirected((byte & 128) != 0) {}

  Reading reading;
  Answer answer;
  Fault fault;
  bool waits;  // until it is released
  bool misdirected;
};

class Handlers {
 public:
  Handlers(Executor executor, const Script& script, const http::H2Limits& limits)
      : executor_(executor), script_(script), limits_(limits) {}

  Task<void> serve(http::H2ServerStream& stream) {
    const Plan plan(script_.plan(served_++));
    require(live_.insert(&stream).second);
    require(live_.size() <= 2 * limits_.max_concurrent_streams);
    struct Leave {
      std::set<http::H2ServerStream*>& live;
      http::H2ServerStream* stream;
      ~Leave() { live.erase(stream); }
    } const leave{live_, &stream};
    if (plan.waits) co_await wait(stream);
    check_head(stream);
    tls::Event done(executor_);
    bool reading = plan.reading == Plan::kWhileAnswering;
    if (reading) {
      spawn(executor_, read_all(stream), [&](const std::exception_ptr& failure) {
        require(!failure);
        reading = false;
        done.notify();
      });
    } else if (plan.reading == Plan::kOnePiece) {
      std::uint64_t total = 0;
      co_await read(stream, total);
    } else if (plan.reading == Plan::kAll) {
      co_await read_all(stream);
    }
    co_await answer(stream, plan);
    if (plan.fault == Plan::kReset) stream.reset();
    if (reading) stream.limit_reading(std::chrono::seconds(2));
    while (reading) co_await done.wait();
    if (plan.fault == Plan::kThrow) throw HandlerFailed();  // the others go on
    if (!stream.body_done()) co_await stream.drain(0);
  }

  void release() {
    for (tls::Event* gate : waiting_) gate->notify();
  }
  void busy(bool any) {
    require(any != busy_);
    busy_ = any;
  }
  bool idle() const { return !busy_ && live_.empty(); }

 private:
  // As one waits for an upstream: until it is there, or the client goes.
  Task<void> wait(http::H2ServerStream& stream) {
    tls::Event gate(executor_);
    waiting_.insert(&gate);
    stream.when_gone([&gate] { gate.notify(); });
    co_await gate.wait();
    stream.when_gone(nullptr);
    waiting_.erase(&gate);
  }

  void check_head(http::H2ServerStream& stream) const {
    if (stream.head_error()) {
      require(stream.head_error()->status != 0);
      return;
    }
    const http::RequestHead& head = stream.head();
    require(http::is_token(head.method));
    http::require_clean(head.target);
    http::require_clean(head.authority);
    http::require_clean(head.headers);
    require(head.headers.fields().size() <= limits_.max_header_fields);
    require(!(head.chunked && head.content_length));
  }

  Task<bool> read(http::H2ServerStream& stream, std::uint64_t& total) {
    auto chunk = co_await stream.read();
    if (!chunk) co_return false;
    // Before our SETTINGS are acknowledged the window is that of RFC 9113 6.9.2.
    require(chunk->data.size() <= std::max<std::size_t>(65535, limits_.max_stream_window_bytes));
    total += chunk->data.size();
    if (!chunk->last) co_return true;
    require(stream.body_done());
    require(stream.head_error() || stream.head().content_length.value_or(total) == total);
    http::require_clean(stream.trailers());
    require(stream.trailers().fields().size() <= limits_.max_trailer_fields);
    co_return false;
  }

  Task<void> read_all(http::H2ServerStream& stream) {
    std::uint64_t total = 0;
    bool more = true;
    while (more) more = co_await read(stream, total);
  }

  static Task<void> answer(http::H2ServerStream& stream, const Plan& plan) {
    http::ResponseHead head;
    if (plan.fault == Plan::kInterim) {
      head.status = 103;
      auto told = co_await stream.respond(head, false);
      if (!told) co_return;
    }
    head.status = plan.misdirected ? 421 : 200;
    const bool last = plan.answer == Plan::kHead || stream.head().method == "HEAD";
    auto sent = co_await stream.respond(head, last);
    if (!sent || last) co_return;
    // Longer than the peer's windows and what the socket takes.
    const bool whole = plan.answer == Plan::kShort;
    const bool cut = !whole && (plan.fault == Plan::kReset || plan.fault == Plan::kThrow);
    const std::string body(plan.answer == Plan::kLong ? 100'000 : 10, cut ? kCut : 'a');
    sent = co_await stream.write(body, whole);
    if (!sent || whole || cut) co_return;
    http::Headers trailers;
    if (plan.answer == Plan::kTrailers) trailers.add_view("grpc-status", "0");
    sent = co_await stream.finish(trailers);
  }

  Executor executor_;
  const Script& script_;
  const http::H2Limits& limits_;
  std::size_t served_ = 0;
  std::set<http::H2ServerStream*> live_;
  std::set<tls::Event*> waiting_;
  bool busy_ = false;
};

void run(Script script) {
  asio::io_context io;
  tls::DeadlineList deadlines;
  Peer peer(io, deadlines, script);
  const auto transport = peer.end.take_transport();
  const http::H2Limits limits = limits_of(script);
  const http::H2Timeouts timeouts;
  Handlers handlers(io.get_executor(), script, limits);
  http::H2Server server(
      *transport, io.get_executor(), deadlines, limits, timeouts,
      [&](http::H2ServerStream& stream) { return handlers.serve(stream); },
      [&](bool busy) { handlers.busy(busy); });
  bool served = false;
  spawn(io.get_executor(), server.serve(), [&](const std::exception_ptr& failure) {
    require(!failure);
    served = true;
  });
  peer.play(NGHTTP2_CLIENT_MAGIC, [&](const Step& step) {
    if ((step.kind & 0x1f) == kRelease) handlers.release();
    if ((step.kind & 0x1f) == kShutdown) server.begin_shutdown();
  });
  handlers.release();
  peer.end.run();
  if (handlers.idle() && !served) peer.check_credit(limits.max_connection_window_bytes);
  peer.leave();
  require(served && handlers.idle());
}

}  // namespace
}  // namespace wif::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  wif::fuzz::run(wif::fuzz::Script(data, size));
  return 0;
}
