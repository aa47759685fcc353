// What is counted, and its text for Prometheus (experience.md 7). Each worker has Counters of its
// own, plain integers that only its thread touches; the control thread asks each worker for a copy
// and merges them. Counting costs a few nanoseconds and allocates only for a label's first use.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/failure.h"
#include "base/clock.h"
#include "base/error.h"
#include "config/config.h"
#include "proxy/rewrite.h"

namespace wif::proxy {

// Label `protocol`.
enum class Protocol { kHttp1, kHttp2, kTunnel };
inline constexpr std::size_t kProtocols = 3;

// Label `side`.
enum class TrafficSide { kClient, kUpstream };

// A histogram over fixed bounds.
class Histogram {
 public:
  static constexpr std::size_t kMaxBounds = 13;

  // `bounds` are upper ends in nanoseconds, ascending, static; at most kMaxBounds.
  explicit Histogram(std::span<const std::int64_t> bounds) : bounds_(bounds) {}
  void observe(std::chrono::nanoseconds value);
  void merge(const Histogram& other);

  std::span<const std::int64_t> bounds() const { return bounds_; }
  // Values up to each bound that are above the one before; the last cell is what is above all.
  std::uint64_t cell(std::size_t i) const { return cells_[i]; }
  std::uint64_t count() const;
  std::chrono::nanoseconds sum() const { return std::chrono::nanoseconds(sum_); }

 private:
  std::span<const std::int64_t> bounds_;
  std::array<std::uint64_t, kMaxBounds + 1> cells_{};
  std::int64_t sum_ = 0;
};

// .005 … 30 s, and .00001 … .1 s.
std::span<const std::int64_t> duration_bounds();
std::span<const std::int64_t> overhead_bounds();

// One request that is over.
struct FinishedRequest {
  config::Action action = config::Action::kDeny;
  std::string_view host_label;  // bounded: the rule's pattern, or a verified name under it
  int status = 0;               // 0 = none was sent
  Protocol protocol = Protocol::kHttp1;
  std::chrono::nanoseconds duration{0};
  std::chrono::nanoseconds overhead{0};  // our share: without waiting for client or upstream
};

// One worker's; also what a merge gives.
class Counters {
 public:
  static constexpr std::size_t kMaxHosts = 64;  // further ones are counted as "other"

  void count_request(const FinishedRequest& request);
  // An answer that we made: label `reason`.
  void count_denied(Reason reason) { ++denied[static_cast<std::size_t>(reason)]; }
  void count_stripped(Stripped kinds);
  void add_bytes(TrafficSide side, std::uint64_t received, std::uint64_t sent) {
    received_bytes[static_cast<std::size_t>(side)] += received;
    sent_bytes[static_cast<std::size_t>(side)] += sent;
  }
  // Gauges: +1 when it opens, -1 when it closes.
  void add_client_connection(Protocol protocol, int change) {
    client_connections[static_cast<std::size_t>(protocol)] += change;
  }
  void add_upstream_connection(Protocol protocol, int change) {
    upstream_connections[static_cast<std::size_t>(protocol)] += change;
  }
  void add_tunnel(int change) { tunnels += change; }
  // `endpoint` is static text, see metadata_endpoint().
  void count_metadata(std::string_view endpoint, int status, std::uint64_t times = 1);

  void merge(const Counters& other);

  using ByText = std::map<std::string, std::uint64_t, std::less<>>;
  static constexpr std::size_t kReasons = static_cast<std::size_t>(Reason::kConfiguration) + 1;
  static constexpr std::size_t kActions = 3;
  static constexpr std::size_t kClasses = 6;  // none, 1xx … 5xx

  struct Host {
    std::string label;
    // By action, class, protocol.
    std::array<std::array<std::array<std::uint64_t, kProtocols>, kClasses>, kActions> requests{};
  };
  struct MetadataCount {
    std::string_view endpoint;
    int status;
    std::uint64_t count;
  };

  std::vector<Host> hosts;
  std::vector<Histogram> durations;  // by action * kProtocols + protocol; empty before the first
  std::vector<Histogram> overheads;  // by protocol; empty before the first
  std::array<std::uint64_t, kReasons> denied{};
  std::array<std::uint64_t, kStrippedKinds> stripped{};
  std::array<std::uint64_t, 2> received_bytes{};
  std::array<std::uint64_t, 2> sent_bytes{};
  std::array<std::int64_t, kProtocols> client_connections{};
  std::array<std::int64_t, kProtocols> upstream_connections{};
  std::int64_t tunnels = 0;
  std::vector<MetadataCount> metadata;
  // Filled in when the worker makes the copy, from its leaf cache, pool and token slots.
  std::uint64_t leaf_certificates = 0;
  ByText upstream_tls_failures;  // http::PoolCounters::tls_failures
  ByText token_waiters;          // by identity

 private:
  Host& host(std::string_view label);
  std::size_t last_host_ = 0;  // requests of one host come in rows
};

// One identity's token steps; lives where its refresher does, fed by auth::StepObserver.
class TokenCounters {
 public:
  void count(auth::Step step, std::string_view result, std::chrono::nanoseconds took);

  // By step and result.
  std::map<std::pair<auth::Step, std::string>, std::uint64_t> refreshes;
  std::map<auth::Step, Histogram> durations;
};

struct IdentityMetrics {
  std::string name;
  std::string source;  // AWS source or kind; "" = not known yet
  std::optional<SystemTime> expires;
  TokenCounters tokens;
};

// Everything that /metrics shows.
struct MetricsSnapshot {
  Counters total;
  std::vector<IdentityMetrics> identities;
  std::chrono::seconds clock_offset{0};
  bool unsafe_listener = false;
  std::optional<SystemTime> ca_expiry;
};

enum class MetricsFormat { kPrometheus, kOpenMetrics };

// By the Accept header: OpenMetrics only when it is asked for.
MetricsFormat metrics_format(std::string_view accept);
std::string_view content_type(MetricsFormat format);

// The whole text, process_* of this process included.
std::string render_metrics(const MetricsSnapshot& snapshot, MetricsFormat format);

}  // namespace wif::proxy
