// The rows `limits.*` and `drain.*` of the option table: threat-model.md section 8, same order.
// Defaults are read from limits.h, so they stand in one place only.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/text.h"
#include "config/options.h"
#include "config/values.h"

namespace wif::config {
namespace {

constexpr std::size_t kLargest = std::size_t{1} << 30;

std::string flag_of(std::string_view name) {
  std::string flag = "--" + std::string(name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string duration_text(Milliseconds value) {
  const auto count = value.count();
  if (count % 1000 != 0) return std::to_string(count) + "ms";
  return std::to_string(count / 1000) + "s";
}

// A number of bytes or things; below `least` the program could not work.
Option size(std::string_view name, std::size_t Limits::*member, std::size_t least, std::string help,
            std::size_t most = kLargest) {
  Option option;
  option.key = "limits." + std::string(name);
  option.flag = flag_of(name);
  option.type = OptionType::kInteger;
  option.value = name.find("bytes") != std::string_view::npos ? "BYTES" : "N";
  option.default_text = std::to_string(Limits{}.*member);
  option.help = std::move(help);
  option.store = [member, least, most](Draft& draft, const Given& given) -> Result<void> {
    const auto number = parse_decimal<std::size_t>(given.texts[0]);
    if (!number || *number < least || *number > most) {
      return value_error(given.texts[0], "write a whole number from " + std::to_string(least) +
                                             " to " + std::to_string(most));
    }
    draft.config.limits.*member = *number;
    return {};
  };
  return option;
}

enum class Zero { kForbidden, kAllowed };

Result<Milliseconds> duration_of(const Given& given, Zero zero) {
  TRY(const auto value, parse_duration(given.texts[0]));
  if (value == Milliseconds(0) && zero == Zero::kForbidden) {
    return value_error(given.texts[0], "write a duration above zero; this limit cannot be off");
  }
  return value;
}

Option time(std::string_view name, Milliseconds Limits::*member, std::string help,
            Zero zero = Zero::kForbidden) {
  Option option;
  option.key = "limits." + std::string(name);
  option.flag = flag_of(name);
  option.type = OptionType::kDuration;
  option.value = "TIME";
  option.default_text = duration_text(Limits{}.*member);
  option.help = std::move(help);
  option.store = [member, zero](Draft& draft, const Given& given) -> Result<void> {
    TRY(draft.config.limits.*member, duration_of(given, zero));
    return {};
  };
  return option;
}

Option drain(std::string_view name, std::string_view environment, Milliseconds Drain::*member,
             std::string help) {
  Option option;
  option.key = "drain." + std::string(name);
  option.flag = "--drain-" + std::string(name);
  option.environment = {environment};
  option.type = OptionType::kDuration;
  option.value = "TIME";
  option.default_text = duration_text(Drain{}.*member);
  option.help = std::move(help);
  option.store = [member](Draft& draft, const Given& given) -> Result<void> {
    TRY(draft.config.drain.*member, duration_of(given, Zero::kAllowed));
    return {};
  };
  return option;
}

std::vector<Option> size_options() {
  using L = Limits;
  return {
      // RFC 9110 4.1 recommends 8000 octets.
      size("max_request_line_bytes", &L::max_request_line_bytes, 8000, "longest request line"),
      size("max_header_bytes", &L::max_header_bytes, 8192, "largest header section",
           // A head is collected in one block (tls/block.h).
           64u << 10),
      size("max_field_bytes", &L::max_field_bytes, 1024, "largest header field"),
      size("max_header_fields", &L::max_header_fields, 16, "most header fields"),
      size("max_trailer_bytes", &L::max_trailer_bytes, 0, "largest trailer section"),
      size("max_trailer_fields", &L::max_trailer_fields, 0, "most trailer fields"),
      size("max_chunk_line_bytes", &L::max_chunk_line_bytes, 32, "longest chunk-size line"),
      size("max_chunk_extension_bytes", &L::max_chunk_extension_bytes, 0,
           "chunk extensions of one body, in all"),
      size("max_replay_bytes", &L::max_replay_bytes, 0,
           "largest body kept for sending once more after a 401"),
      size("max_connections", &L::max_connections, 1, "client connections in all"),
      size("max_connections_per_source", &L::max_connections_per_source, 1,
           "client connections of one address"),
      size("max_handshakes", &L::max_handshakes, 1,
           "connections before the end of their handshake"),
      size("max_upstream_idle_per_host", &L::max_upstream_idle_per_host, 0,
           "idle upstream connections kept per origin"),
      size("max_concurrent_streams", &L::max_concurrent_streams, 1,
           "requests at the same time on one HTTP/2 connection"),
      size("max_header_table_bytes", &L::max_header_table_bytes, 0, "HPACK table of a connection"),
      size("max_continuations", &L::max_continuations, 1,
           "CONTINUATION frames of one HTTP/2 header section"),
      size("max_stream_window_bytes", &L::max_stream_window_bytes, 16u << 10,
           "what a peer may send ahead on one HTTP/2 stream", 16u << 20),
      size("max_connection_window_bytes", &L::max_connection_window_bytes, 16u << 10,
           "what a client may send ahead on one HTTP/2 connection", 64u << 20),
      size("max_reset_burst", &L::max_reset_burst, 10,
           "HTTP/2 streams that a client may reset in a burst; 1/30 of it per second"),
      size("max_glitch_burst", &L::max_glitch_burst, 100,
           "PING, SETTINGS, PRIORITY and empty DATA frames in a burst; 1/30 of it per second"),
      size("max_queued_acks", &L::max_queued_acks, 10,
           "unsent answers to PING and SETTINGS frames"),
      size("max_leaf_certificates", &L::max_leaf_certificates, 1, "leaf certificates kept"),
      size("max_leaf_rate", &L::max_leaf_rate, 1, "new leaf certificates per second"),
      size("max_token_waiters", &L::max_token_waiters, 1, "requests waiting for one token"),
      size("max_metadata_body_bytes", &L::max_metadata_body_bytes, 1024,
           "largest answer of an AWS metadata service"),
      size("max_sts_body_bytes", &L::max_sts_body_bytes, 16384,
           "largest answer of AWS STS, Google STS and IAM Credentials"),
      size("reserved_fds", &L::reserved_fds, 8,
           "file descriptors kept for tokens, DNS and the admin port"),
  };
}

std::vector<Option> time_options() {
  using L = Limits;
  return {
      time("header_timeout", &L::header_timeout, "for a whole header section"),
      time("handshake_timeout", &L::handshake_timeout, "for a client's TLS handshake"),
      time("client_idle_timeout", &L::client_idle_timeout, "idle client connections are closed"),
      time("upstream_idle_timeout", &L::upstream_idle_timeout,
           "idle upstream connections are closed"),
      time("max_connection_age", &L::max_connection_age,
           "client connections are closed at this age; 0s = never", Zero::kAllowed),
      time("stream_idle_timeout", &L::stream_idle_timeout, "no byte in either direction"),
      time("write_timeout", &L::write_timeout, "a client that takes no byte is reset"),
      time("dns_timeout", &L::dns_timeout, "for looking up a name"),
      time("connect_timeout", &L::connect_timeout, "for a connection to an upstream"),
      time("upstream_handshake_timeout", &L::upstream_handshake_timeout,
           "for TLS with an upstream"),
      time("response_timeout", &L::response_timeout, "for the header section of an answer"),
      time("tunnel_idle_timeout", &L::tunnel_idle_timeout, "idle tunnels are closed"),
      time("token_wait", &L::token_wait, "a request waits so long for the first token; 0s = not",
           Zero::kAllowed),
      drain("min", "WIF_PROXY_DRAIN_MIN", &Drain::min, "after SIGTERM go on accepting for TIME"),
      drain("max", "WIF_PROXY_DRAIN_MAX", &Drain::max, "end at the latest TIME after SIGTERM"),
  };
}

}  // namespace

std::vector<Option> limit_options() {
  auto rows = size_options();
  for (auto& row : time_options()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace wif::config
