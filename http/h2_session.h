// One HTTP/2 connection (RFC 9113), either side of it: nghttp2 behind a reader and a writer.
//
// The reader feeds what arrived to nghttp2, whose callbacks only record; the writer gathers frames
// up to a block and sends them at once. Window credit is returned only for bytes that were read, so
// back-pressure reaches the peer. Memory is bounded by the windows: towards a client by that of the
// connection; towards an upstream, whose connection is shared by many clients of which none may
// stop the others, by those of the streams. Belongs to one worker.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/task.h"
#include "http/h2_limits.h"
#include "http/h2_outgoing.h"
#include "tls/deadline.h"
#include "tls/event.h"
#include "tls/transport.h"

namespace wif::http {

class H2Stream;

// Limits of bursts come back at this share per second.
inline constexpr std::uint64_t kBurstSeconds = 30;

// The stream of that number; null where it is gone or was refused.
H2Stream* stream_of(nghttp2_session* session, std::int32_t id);

// What a connection asks of its owner.
class H2Owner {
 public:
  virtual ~H2Owner() = default;
  // The stream for a request whose head begins; null refuses it (REFUSED_STREAM). Called inside
  // nghttp2.
  virtual H2Stream* begin_request(std::int32_t id) = 0;
  // Its head is complete. Called outside.
  virtual void request(H2Stream& stream) = 0;
  // The number of streams went from none to some or back.
  virtual void busy(bool any) = 0;
};

class H2Session {
 public:
  enum class Role { kServer, kClient };

  // Everything outlives the session.
  H2Session(Role role, H2Owner& owner, tls::Transport& transport, Executor executor,
            tls::DeadlineList& deadlines, const H2Limits& limits, const H2Timeouts& timeouts);
  ~H2Session();
  H2Session(const H2Session&) = delete;
  H2Session& operator=(const H2Session&) = delete;

  // Both run until the connection is over, at the same time; when both have returned, every stream
  // has been told. read_loop() says goodbye as far as that is possible.
  Task<void> read_loop();
  Task<void> write_loop();
  // The server's, when both have ended: waits a little until the client has closed, too. Closing
  // while it still sends would reset the connection, and with it our last frames.
  Task<void> say_goodbye();

  // No new streams; those that run go on. Idempotent. Server only.
  void begin_shutdown();
  // Ends the connection now.
  void abort();

  Role role() const { return role_; }
  bool over() const { return over_; }
  // Whether a stream may be opened now. Client only.
  bool room() const;
  std::size_t streams() const { return streams_.size(); }
  // For a connection that was silent for long: asks the peer whether it is still there, and ends it
  // when no answer comes.
  void check_alive();

  // For H2Stream.
  nghttp2_session* raw() { return session_; }
  Executor executor() const { return executor_; }
  ReadyQueue& ready() { return ready_; }
  tls::DeadlineList& deadlines() { return deadlines_; }
  const H2Limits& limits() const { return limits_; }
  const H2Timeouts& timeouts() const { return timeouts_; }
  // It writes when all that can go on has: then more goes into one batch.
  void wake_writer() { writer_.notify_last(); }
  void enter(H2Stream& stream);
  void leave(H2Stream& stream);
  // Bytes of a stream that were read: the peer may send as many more.
  void consumed(std::int32_t id, std::size_t bytes);
  // Bytes of the connection's window alone.
  void consumed_on_connection(std::size_t bytes);
  // Takes from what the windows of all streams may grow beyond their first size; false: no more.
  bool grow(std::int32_t id, std::size_t from, std::size_t to);
  void shrink(std::size_t bytes) { grown_ -= bytes; }
  // After three answers of 421 the connection takes no more requests.
  void count_misdirected();

 private:
  struct Callbacks;
  enum class Limit { kNone, kIdle, kHead, kAlive, kWrite };

  void submit_preface();
  // The error code to say goodbye with when the connection cannot go on.
  std::optional<std::uint32_t> receive(const char* bytes, std::size_t size);
  std::size_t gather(char* out, std::size_t size);
  bool next_frame();
  void after_callbacks();
  void set_limit();
  void on_frame(const nghttp2_frame& frame);
  bool is_glitch(const nghttp2_frame& frame);
  bool was_passed_over(std::int32_t id);
  bool finished() const;

  const Role role_;
  H2Owner& owner_;
  tls::Transport& transport_;
  const Executor executor_;
  ReadyQueue& ready_;
  tls::DeadlineList& deadlines_;
  const H2Limits& limits_;
  const H2Timeouts& timeouts_;
  nghttp2_session* session_ = nullptr;
  tls::Event writer_;

  std::vector<H2Stream*> streams_;
  std::vector<H2Stream*> requests_;  // heads that are complete, to be handed out
  std::vector<H2Stream*> gone_;      // streams that the peer ended, to be told
  H2OutgoingFrame unsent_;           // what did not fit into the last batch
  std::int32_t last_opened_ = -1;    // by the client
  std::vector<std::pair<std::int32_t, std::int32_t>> passed_over_;  // numbers it left out
  std::size_t grown_ = 0;
  double glitches_ = 0;  // spent of the burst
  CoarseClock::time_point glitches_at_{};
  CoarseClock::time_point heard_at_;
  Limit limit_ = Limit::kNone;
  int misdirected_ = 0;
  std::int32_t in_head_ = 0;  // the stream whose field section is on its way
  bool writing_ = false;      // the transport is taking a batch
  bool asked_alive_ = false;  // a PING is out that has to be answered in time
  bool going_away_ = false;   // either side said GOAWAY
  bool last_goaway_ = false;  // ours names the last stream
  bool ending_ = false;       // nothing more can come: the reader is to end
  bool stopping_ = false;     // the reader has ended
  bool over_ = false;
};

}  // namespace wif::http
