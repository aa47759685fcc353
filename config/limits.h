// The default of every number that bounds memory or time, one line of why each. A value can be
// changed by the key `limits.NAME` or the flag `--NAME`; both come from the table in options.cc.
#pragma once

#include <chrono>
#include <cstddef>

namespace wif::config {

using Milliseconds = std::chrono::milliseconds;

struct Limits {
  // Real request targets reach 8 KiB (signed URLs, batch ids); twice that still fits one buffer.
  std::size_t max_request_line_bytes = 16u << 10;
  std::size_t max_header_bytes = 64u << 10;  // one whole head, so one connection's largest buffer
  std::size_t max_field_bytes = 32u << 10;   // a JWT with many claims stays under 16 KiB
  std::size_t max_header_fields = 100;       // Google's own front ends accept about as many
  std::size_t max_trailer_bytes = 16u << 10;
  std::size_t max_trailer_fields = 32;
  std::size_t max_chunk_line_bytes = 4u << 10;        // nobody needs chunk extensions
  std::size_t max_chunk_extension_bytes = 64u << 10;  // per body: bounds what is parsed for nothing
  std::size_t max_replay_bytes = 64u << 10;  // bodies kept for sending once more after a 401
  std::size_t max_connections = 4096;
  std::size_t max_connections_per_source = 1024;
  std::size_t max_handshakes = 512;  // connections whose TLS handshake is not finished
  std::size_t max_upstream_idle_per_host = 256;
  std::size_t max_concurrent_streams = 100;            // of one HTTP/2 connection, either side
  std::size_t max_header_table_bytes = 4096;           // HPACK, each direction
  std::size_t max_continuations = 8;                   // frames of one HTTP/2 field section
  std::size_t max_stream_window_bytes = 256u << 10;    // what a peer may send ahead on one stream
  std::size_t max_connection_window_bytes = 1u << 20;  // and a client on its connection
  std::size_t max_reset_burst = 1000;    // streams a client resets; a thirtieth returns each second
  std::size_t max_glitch_burst = 10000;  // PING, SETTINGS, PRIORITY, empty DATA; the same
  std::size_t max_queued_acks = 1000;    // answers to PING and SETTINGS that a peer does not read
  std::size_t max_leaf_certificates = 1024;
  std::size_t max_leaf_rate = 50;  // new leaves per second, against names made up inside a wildcard
  std::size_t max_token_waiters = 1024;
  std::size_t max_metadata_body_bytes = 64u << 10;  // answers of AWS metadata services
  std::size_t max_sts_body_bytes = 256u << 10;      // answers of AWS STS, Google STS, IAM
  std::size_t reserved_fds = 64;  // kept for tokens, DNS and the admin port when clients flood

  Milliseconds header_timeout{30'000};     // in total, not per byte: a slow sender gains nothing
  Milliseconds handshake_timeout{10'000};  // includes the wait for the ClientHello
  Milliseconds client_idle_timeout{300'000};
  Milliseconds upstream_idle_timeout{55'000};  // shorter than Google's 60 s: we close first
  Milliseconds max_connection_age{0};          // 0 = no limit
  Milliseconds stream_idle_timeout{600'000};
  Milliseconds write_timeout{60'000};
  Milliseconds dns_timeout{5'000};
  Milliseconds connect_timeout{10'000};
  Milliseconds upstream_handshake_timeout{10'000};
  Milliseconds response_timeout{600'000};  // BigQuery holds a long query's request open
  Milliseconds tunnel_idle_timeout{3'600'000};
  Milliseconds token_wait{10'000};
};

// SIGTERM: accepting goes on for `min`; the process ends at the latest after `max`.
struct Drain {
  Milliseconds min{0};
  Milliseconds max{25'000};  // below the 30 s that ECS and Kubernetes give
};

}  // namespace wif::config
