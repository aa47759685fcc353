#include "http/h2_session.h"

#include <algorithm>
#include <utility>

#include "http/h2_stream.h"

namespace wif::http {
namespace {

using State = tls::IoResult::State;

constexpr std::size_t kMaxGrown = 16u << 20;
// A connection that was silent for so long is asked before it is trusted with another request.
constexpr std::chrono::seconds kSilent{15};
constexpr std::chrono::milliseconds kAliveWait{10'000};
constexpr std::chrono::milliseconds kGoodbye{2'000};
constexpr std::size_t kMaxDropped = 1u << 20;
constexpr int kMaxMisdirected = 3;
constexpr std::size_t kMaxPassedOver = 64;  // ranges of stream numbers that are remembered

}  // namespace

H2Stream* stream_of(nghttp2_session* session, std::int32_t id) {
  return static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(session, id));
}

void H2Session::on_frame(const nghttp2_frame& frame) {
  if (is_glitch(frame)) {
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
    return;
  }
  const bool end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  const bool ack = (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS: {
      in_head_ = 0;
      H2Stream* stream = stream_of(session_, frame.hd.stream_id);
      if (stream == nullptr) break;
      if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) requests_.push_back(stream);
      stream->received_section(end);
      break;
    }
    case NGHTTP2_DATA:
      if (H2Stream* stream = end ? stream_of(session_, frame.hd.stream_id) : nullptr) {
        stream->received_end();
      }
      break;
    case NGHTTP2_GOAWAY: going_away_ = true; break;
    case NGHTTP2_PING:
      // Our own PING went out behind the first GOAWAY: the peer has seen that by now, so the
      // second one can name the last stream (RFC 9113 6.8).
      if (ack && going_away_ && role_ == Role::kServer && !std::exchange(last_goaway_, true)) {
        nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                              nullptr, 0);
      }
      break;
    default: break;
  }
}

// Frames that cost us work and carry nothing; true when a peer sends too many (threat-model.md 8).
bool H2Session::is_glitch(const nghttp2_frame& frame) {
  const bool ack = (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0;
  const bool empty_data = frame.hd.type == NGHTTP2_DATA && frame.hd.length == 0 &&
                          (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0;
  const bool counts =
      empty_data || frame.hd.type == NGHTTP2_PRIORITY ||
      ((frame.hd.type == NGHTTP2_PING || frame.hd.type == NGHTTP2_SETTINGS) && !ack);
  if (!counts) return false;
  const auto burst = static_cast<double>(limits_.max_glitch_burst);
  const double seconds = std::chrono::duration<double>(heard_at_ - glitches_at_).count();
  glitches_at_ = heard_at_;
  glitches_ = std::max(0.0, glitches_ - seconds * burst / kBurstSeconds) + 1;
  return glitches_ > burst;
}

// Whether the client opens a stream below one that it has opened. Streams that it did open are not
// meant: late frames of those are fine.
bool H2Session::was_passed_over(std::int32_t id) {
  if (id > last_opened_) {
    if (id > last_opened_ + 2 && passed_over_.size() < kMaxPassedOver) {
      passed_over_.emplace_back(last_opened_ + 2, id - 2);
    }
    last_opened_ = id;
    return false;
  }
  return std::any_of(passed_over_.begin(), passed_over_.end(),
                     [id](const auto& range) { return range.first <= id && id <= range.second; });
}

void H2Session::enter(H2Stream& stream) {
  stream.place = streams_.size();
  streams_.push_back(&stream);
  if (streams_.size() == 1) owner_.busy(true);
}

void H2Session::leave(H2Stream& stream) {
  streams_.back()->place = stream.place;
  streams_[stream.place] = streams_.back();
  streams_.pop_back();
  if (stream.id() >= 0) nghttp2_session_set_stream_user_data(session_, stream.id(), nullptr);
  std::erase(gone_, &stream);
  std::erase(requests_, &stream);
  if (!streams_.empty()) return;
  owner_.busy(false);
  // The limits of a connection without streams are others, and one that goes away ends now.
  set_limit();
  wake_writer();
}

void H2Session::consumed(std::int32_t id, std::size_t bytes) {
  if (role_ == Role::kServer) {
    nghttp2_session_consume(session_, id, bytes);
  } else {
    nghttp2_session_consume_stream(session_, id, bytes);
  }
  if (nghttp2_session_want_write(session_) != 0) wake_writer();
}

void H2Session::consumed_on_connection(std::size_t bytes) {
  nghttp2_session_consume_connection(session_, bytes);
  if (nghttp2_session_want_write(session_) != 0) wake_writer();
}

bool H2Session::grow(std::int32_t id, std::size_t from, std::size_t to) {
  if (grown_ + (to - from) > kMaxGrown) return false;
  grown_ += to - from;
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, id,
                                        static_cast<std::int32_t>(to));
  return true;
}

bool H2Session::room() const {
  const std::size_t allowed = std::min<std::size_t>(
      limits_.max_concurrent_streams,
      nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS));
  return !over_ && !stopping_ && !going_away_ && streams_.size() < allowed &&
         nghttp2_session_check_request_allowed(session_) != 0;
}

void H2Session::begin_shutdown() {
  if (std::exchange(going_away_, true) || over_) return;
  nghttp2_submit_shutdown_notice(session_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  wake_writer();
}

void H2Session::abort() { transport_.tcp().shutdown(); }

void H2Session::check_alive() {
  if (asked_alive_ || CoarseClock::now() - heard_at_ < kSilent) return;
  asked_alive_ = true;
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  set_limit();
  wake_writer();
}

void H2Session::count_misdirected() {
  if (++misdirected_ == kMaxMisdirected) begin_shutdown();
}

// A connection has one limit at a time; the one that matters most.
void H2Session::set_limit() {
  const Limit wanted = writing_           ? Limit::kWrite
                       : asked_alive_     ? Limit::kAlive
                       : in_head_ > 0     ? Limit::kHead
                       : streams_.empty() ? Limit::kIdle
                                          : Limit::kNone;
  if (wanted == limit_ && wanted != Limit::kWrite) return;
  limit_ = wanted;
  tls::TcpConnection& tcp = transport_.tcp();
  switch (wanted) {
    case Limit::kWrite: tcp.limit(timeouts_.write); break;
    case Limit::kAlive: tcp.limit(kAliveWait); break;
    case Limit::kHead: tcp.limit_reading(timeouts_.header); break;
    case Limit::kIdle: tcp.limit_reading(timeouts_.idle); break;
    case Limit::kNone: tcp.limit(std::chrono::milliseconds(0)); break;
  }
}

// Whether nothing more can come or go.
bool H2Session::finished() const {
  if (going_away_ && streams_.empty() && (role_ == Role::kClient || last_goaway_)) return true;
  return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

std::optional<std::uint32_t> H2Session::receive(const char* bytes, std::size_t size) {
  heard_at_ = CoarseClock::now();
  asked_alive_ = false;
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes);
  const auto taken = nghttp2_session_mem_recv(session_, data, size);
  after_callbacks();
  set_limit();
  if (nghttp2_session_want_write(session_) != 0) wake_writer();
  if (taken >= 0) return std::nullopt;
  return taken == NGHTTP2_ERR_FLOODED ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR;
}

Task<void> H2Session::read_loop() {
  std::optional<std::uint32_t> failed;
  while (!failed && !ending_ && nghttp2_session_want_read(session_) != 0) {
    if (!transport_.pending()) co_await transport_.readable();
    tls::BlockPtr block = tls::take_block();
    const auto got = transport_.read(block->data, tls::kBlockBytes);
    if (got.state == State::kWouldBlock) {
      block.reset();
      if (!ending_) co_await transport_.readable();
      continue;
    }
    if (got.state != State::kDone) break;
    failed = receive(block->data, got.bytes);
  }
  stopping_ = true;
  nghttp2_session_terminate_session(session_, failed.value_or(NGHTTP2_NO_ERROR));
  // A copy, because streams leave the list while they are told.
  const std::vector<H2Stream*> streams = streams_;
  for (H2Stream* stream : streams) {
    if (!stream->over()) gone_.push_back(stream);
    stream->lost_connection();
  }
  after_callbacks();
  wake_writer();
}

// Runs what callbacks have recorded. Whoever is told may leave the list of the others.
void H2Session::after_callbacks() {
  while (!gone_.empty()) {
    H2Stream* stream = gone_.back();
    gone_.pop_back();
    if (stream->on_gone) std::exchange(stream->on_gone, nullptr)();
  }
  while (!requests_.empty()) {
    H2Stream* stream = requests_.front();
    requests_.erase(requests_.begin());
    owner_.request(*stream);
  }
}

// Frames up to a batch: sealing a record or a system call costs more than copying them.
std::size_t H2Session::gather(char* out, std::size_t size) {
  std::size_t used = 0;
  while (used < size && (!unsent_.empty() || next_frame())) {
    used += unsent_.take(out + used, size - used);
  }
  after_callbacks();
  return used;
}

// False: nghttp2 has none, or can go on no longer.
bool H2Session::next_frame() {
  const std::uint8_t* data = nullptr;
  const auto count = nghttp2_session_mem_send(session_, &data);
  if (count <= 0) return false;
  const std::string_view frame(reinterpret_cast<const char*>(data),
                               static_cast<std::size_t>(count));
  std::shared_ptr<const Secret> field;
  if (role_ == Role::kClient && data[3] == NGHTTP2_HEADERS) {
    std::uint32_t id = 0;
    for (std::size_t i = 5; i < 9; ++i) id = id << 8 | data[i];
    if (H2Stream* stream = stream_of(session_, static_cast<std::int32_t>(id))) {
      field = stream->take_encoded_field();
    }
  }
  if (field) {
    unsent_.set(frame, std::move(field));
  } else {
    unsent_.set(frame);
  }
  return true;
}

Task<void> H2Session::write_loop() {
  bool sent = true;
  while (sent) {
    tls::BlockPtr block = tls::take_block();
    const std::size_t size = gather(block->data, tls::kBlockBytes);
    if (size > 0) {
      writing_ = true;
      set_limit();
      sent = co_await transport_.enqueue({block->data, size});
      block.reset();
      if (sent) sent = co_await transport_.flush();
      writing_ = false;
      set_limit();
      continue;
    }
    block.reset();
    if (stopping_) break;
    if (finished()) {
      ending_ = true;
      if (role_ == Role::kClient) {
        transport_.close_write();
        sent = co_await transport_.flush();
      }
      transport_.tcp().stop_waiting();
    }
    co_await writer_.wait();
  }
  if (!sent) transport_.tcp().shutdown();
  while (!stopping_) co_await writer_.wait();
  over_ = true;
}

Task<void> H2Session::say_goodbye() {
  transport_.close_write();
  co_await transport_.flush();
  transport_.tcp().shutdown_write();
  co_await transport_.drop_incoming(kMaxDropped, kGoodbye);
}

}  // namespace wif::http
