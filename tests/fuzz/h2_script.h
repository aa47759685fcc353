// What a fuzzed HTTP/2 peer does, and what the code under test is to do with it. The first byte of
// an input chooses how, four more say how streams are handled, the rest are steps:
//
//   kind, flags, stream, length (a byte each), payload
//
// A kind below kControls is a frame with that type; its length is always right, because bytes that
// are not frames end a connection at once and find nothing. With kRaw the rest is sent as it is.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/h2_limits.h"
#include "tests/fuzz/h2_heard.h"
#include "tests/support/far_end.h"
#include "tests/support/h2_frames.h"

namespace wif::fuzz {

// Bits of the first byte.
enum Mode : unsigned {
  kRaw = 1,          // no frames, no preface: bytes
  kLarge = 2,        // the limits of the product instead of small ones
  kPieces = 4,       // after each step the session sees what came; otherwise at controls alone
  kAcknowledge = 8,  // its SETTINGS
  kSilent = 16,      // the peer does not close the connection: limits end it
  kPolite = 32       // no more DATA than the connection's window takes: what leaks from it shows
};

// Kinds of steps. A kind with kMade is a frame with a payload made of the bytes that are given: a
// field section of numbers in kFields, DATA repeated.
enum Kind : unsigned { kControls = 0x10, kMade = 0x80 };
enum Control : unsigned {
  kRun = kControls,  // lets the session see what came
  kRelease,          // the handlers that wait go on
  kExpire,           // every deadline is over
  kShutdown,         // we say goodbye: gently, or at once
  kStall,            // the peer stops reading, or goes on
  kHalfClose,
  kOpen,  // client: another request
};

struct Step {
  unsigned kind = 0;
  unsigned flags = 0;
  unsigned stream = 0;
  std::string_view payload;
};

class Script {
 public:
  Script(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {
    mode_ = take();
    for (unsigned& plan : plans_) plan = take();
  }

  bool is(Mode mode) const { return (mode_ & mode) != 0; }
  unsigned plan(std::size_t number) const { return plans_[number % plans_.size()]; }
  bool done() const { return rest_.empty(); }
  std::string_view raw() const { return rest_; }
  Step next() {
    Step step;
    step.kind = take();
    step.flags = take();
    step.stream = take();
    const unsigned size = take();
    step.payload = rest_.substr(0, size);
    rest_.remove_prefix(step.payload.size());
    return step;
  }

 private:
  unsigned take() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

  std::string_view rest_;
  unsigned mode_ = 0;
  std::array<unsigned, 4> plans_{};
};

struct NamedValue {
  std::string_view name;
  std::string_view value;
};

// What nothing of the kind may get past, and what a message is made of.
inline constexpr NamedValue kFields[] = {
    {":method", "GET"},
    {":method", "POST"},
    {":method", "HEAD"},
    {":method", "CONNECT"},
    {":scheme", "https"},
    {":scheme", "http"},
    {":authority", "a.example"},
    {":path", "/a?b"},
    {":path", "*"},
    {":path", "/a b"},
    {":status", "200"},
    {":status", "100"},
    {":status", "101"},
    {":status", "103"},
    {":status", "204"},
    {":status", "304"},
    {"content-length", "0"},
    {"content-length", "5"},
    {"content-length", "64"},
    {"content-length", "99999999999999999999"},
    {"host", "a.example"},
    {"host", "b.example"},
    {"te", "trailers"},
    {"expect", "100-continue"},
    {"expect", "more"},
    {"cookie", "a=b"},
    {"transfer-encoding", "chunked"},
    {"connection", "host"},
    {"x-trailer", "1"},
    {"x-empty", ""},
    {"X-Upper", "a"},
    {"x-space", " a"},
    {"x-line", "a\r\nb"},
    {"x-null", std::string_view("a\0b", 3)},
    {"x y", "a"},
    {"authorization", "Bearer a"},
};

inline std::string make_section(std::string_view numbers) {
  std::string section;
  for (const char number : numbers) {
    const std::size_t at = static_cast<unsigned char>(number);
    if (at < std::size(kFields)) {
      section += test::h2_field(kFields[at].name, kFields[at].value);
    } else if (at >= 0xe0) {
      section += test::h2_field("x-large", std::string((at - 0xdf) * 64, 'a'));
    } else {
      section += number;  // a reference to a table of HPACK, or nothing that it knows
    }
  }
  return section;
}

inline std::string payload_of(const Step& step) {
  std::string made;
  if ((step.kind & kMade) != 0 && (step.kind & 0xf) == NGHTTP2_DATA) {
    while (!step.payload.empty() && made.size() + step.payload.size() <= 16384) {
      made += step.payload;
    }
  } else if ((step.kind & kMade) != 0) {
    made = make_section(step.payload);
  } else {
    made = step.payload;
  }
  return made;
}

inline http::H2Limits limits_of(const Script& script) {
  http::H2Limits limits;
  if (script.is(kLarge)) return limits;
  limits.max_header_bytes = 2048;
  limits.max_field_bytes = 1024;
  limits.max_header_fields = 12;
  limits.max_trailer_bytes = 256;
  limits.max_trailer_fields = 4;
  limits.max_continuations = 3;
  limits.max_concurrent_streams = 4;
  limits.max_stream_window_bytes = limits.max_connection_window_bytes = 16u << 10;
  limits.max_reset_burst = 8;
  limits.max_glitch_burst = 16;
  limits.max_queued_acks = 8;
  return limits;
}

// A peer that follows a script.
class Peer {
 public:
  Peer(asio::io_context& io, tls::DeadlineList& deadlines, Script& script)
      : end(io, deadlines), deadlines_(deadlines), script_(script) {}

  // Up to the end of the script; `control` carries out what concerns the code under test, `preface`
  // goes before what is not raw.
  template <typename OnControl>
  void play(std::string_view preface, OnControl control) {
    end.run();
    if (script_.is(kRaw)) return play_raw();
    end.say(preface);
    end.say(test::h2_frame(NGHTTP2_SETTINGS, 0, 0));
    if (script_.is(kAcknowledge)) end.say(test::h2_frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0));
    end.run();
    while (!script_.done()) {
      const Step step = script_.next();
      const bool is_control = (step.kind & kControls) != 0;
      if (!is_control) send(step);
      if (is_control || script_.is(kPieces)) end.run();
      if (is_control && !act(step.kind & 0x1f)) control(step);
    }
    end.run();
  }

  // The connection comes to its end: the peer goes, or is silent for longer than all limits.
  void leave() {
    for (int rest = script_.is(kSilent) ? 16 : 0; rest > 0; --rest) expire();
    if (script_.is(kSilent)) http::require(end.at_rest());
    end.close();
    end.run();
    http::require(end.at_rest());
  }

  // With nothing on it, the connection owes no credit but what waits to fill half a window, and it
  // never gave more than it had received.
  void check_credit(std::size_t window) const {
    const Heard heard(end.heard);
    if (script_.is(kRaw) || stalled_ || half_closed_ || heard.goaway) return;
    const std::uint64_t granted = std::max<std::uint64_t>(kFirstWindow, window);
    const std::uint64_t all = kFirstWindow + heard.credit;
    http::require(all <= granted + sent_);
    http::require(all + window / 2 >= std::min<std::uint64_t>(granted, window) + sent_);
  }

  test::FarEnd end;

 private:
  static constexpr std::uint64_t kFirstWindow = 65535;

  void play_raw() {
    const std::size_t piece = script_.is(kPieces) ? 7 : 4096;
    for (std::string_view rest = script_.raw(); !rest.empty();) {
      end.say(rest.substr(0, piece));
      end.run();
      rest.remove_prefix(std::min(piece, rest.size()));
    }
  }
  void send(const Step& step) {
    std::string payload = payload_of(step);
    if ((step.kind & 0xf) == NGHTTP2_DATA) {
      if (script_.is(kPolite)) payload.resize(std::min<std::uint64_t>(payload.size(), window()));
      sent_ += payload.size();
    }
    end.say(test::h2_frame(step.kind & 0xf, step.flags, step.stream, payload));
  }
  std::uint64_t window() const {
    const std::uint64_t all = kFirstWindow + Heard(end.heard).credit;
    return all - std::min(all, sent_);
  }
  bool act(unsigned control) {
    switch (control) {
      case kExpire: expire(); return true;
      case kStall: end.stall(stalled_ = !stalled_); return true;
      case kHalfClose:
        half_closed_ = true;
        end.half_close();
        return true;
      default: return false;
    }
  }
  void expire() {
    deadlines_.sweep(CoarseClock::now() + std::chrono::hours(24));
    end.run();
  }

  tls::DeadlineList& deadlines_;
  Script& script_;
  std::uint64_t sent_ = 0;  // bytes of DATA
  bool stalled_ = false;
  bool half_closed_ = false;
};

}  // namespace wif::fuzz
