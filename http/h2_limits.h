// What bounds one HTTP/2 connection (threat-model.md section 8). Values; shared by all connections
// of a worker, which outlive none of them.
#pragma once

#include <chrono>
#include <cstddef>

namespace wif::http {

struct H2Limits {
  std::size_t max_header_bytes = 64u << 10;  // of one decoded field section
  std::size_t max_field_bytes = 32u << 10;
  std::size_t max_header_fields = 128;  // with room for the crumbs of a cookie
  std::size_t max_trailer_bytes = 16u << 10;
  std::size_t max_trailer_fields = 32;
  std::size_t max_header_table_bytes = 4096;  // HPACK, each direction
  std::size_t max_continuations = 8;
  std::size_t max_concurrent_streams = 100;
  std::size_t max_stream_window_bytes = 256u << 10;
  // Uploads of one client connection. Towards upstreams the window is not what bounds memory: see
  // H2Session.
  std::size_t max_connection_window_bytes = 1u << 20;
  std::size_t max_reset_burst = 1000;    // a thirtieth of it comes back each second
  std::size_t max_glitch_burst = 10000;  // PING, SETTINGS, PRIORITY, empty DATA; the same
  std::size_t max_queued_acks = 1000;
};

struct H2Timeouts {
  std::chrono::milliseconds header{30'000};        // a field section, in total
  std::chrono::milliseconds idle{300'000};         // a connection without streams
  std::chrono::milliseconds stream_idle{600'000};  // inside a body, either way
  std::chrono::milliseconds write{60'000};         // a peer that takes nothing
  std::chrono::milliseconds response{600'000};     // client side: until the answer's head
};

}  // namespace wif::http
