#include "proxy/metrics.h"

#include <algorithm>
#include <numeric>

namespace wif::proxy {
namespace {

constexpr std::int64_t kMicrosecond = 1'000;
constexpr std::int64_t kMillisecond = 1'000'000;

constexpr std::array<std::int64_t, 12> kDurationBounds{
    5 * kMillisecond,     10 * kMillisecond,    25 * kMillisecond,     50 * kMillisecond,
    100 * kMillisecond,   250 * kMillisecond,   500 * kMillisecond,    1'000 * kMillisecond,
    2'500 * kMillisecond, 5'000 * kMillisecond, 10'000 * kMillisecond, 30'000 * kMillisecond};

constexpr std::array<std::int64_t, 13> kOverheadBounds{
    10 * kMicrosecond,     25 * kMicrosecond,     50 * kMicrosecond,     100 * kMicrosecond,
    250 * kMicrosecond,    500 * kMicrosecond,    1'000 * kMicrosecond,  2'500 * kMicrosecond,
    5'000 * kMicrosecond,  10'000 * kMicrosecond, 25'000 * kMicrosecond, 50'000 * kMicrosecond,
    100'000 * kMicrosecond};

// A cell of the arrays by status class; 0 for what is not a status.
std::size_t class_of(int status) {
  return status >= 100 && status < 600 ? static_cast<std::size_t>(status) / 100 : 0;
}

template <typename Array>
void add_all(Array& into, const Array& from) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] += from[i];
}

void add_all(Counters::ByText& into, const Counters::ByText& from) {
  for (const auto& [label, count] : from) into[label] += count;
}

void merge_all(std::vector<Histogram>& into, const std::vector<Histogram>& from) {
  if (into.empty()) {
    into = from;
    return;
  }
  for (std::size_t i = 0; i < from.size(); ++i) into[i].merge(from[i]);
}

}  // namespace

std::span<const std::int64_t> duration_bounds() { return kDurationBounds; }
std::span<const std::int64_t> overhead_bounds() { return kOverheadBounds; }

void Histogram::observe(std::chrono::nanoseconds value) {
  const std::int64_t count = std::max<std::int64_t>(value.count(), 0);
  std::size_t i = 0;
  while (i < bounds_.size() && count > bounds_[i]) ++i;
  ++cells_[i];
  sum_ += count;
}

void Histogram::merge(const Histogram& other) {
  add_all(cells_, other.cells_);
  sum_ += other.sum_;
}

std::uint64_t Histogram::count() const {
  return std::accumulate(cells_.begin(), cells_.end(), std::uint64_t{0});
}

Counters::Host& Counters::host(std::string_view label) {
  if (last_host_ < hosts.size() && hosts[last_host_].label == label) return hosts[last_host_];
  const auto find = [this](std::string_view wanted) {
    return std::find_if(hosts.begin(), hosts.end(),
                        [wanted](const Host& each) { return each.label == wanted; });
  };
  auto found = find(label);
  if (found == hosts.end() && hosts.size() >= kMaxHosts) found = find(label = "other");
  if (found == hosts.end()) {
    Host fresh;
    fresh.label = label;
    found = hosts.insert(hosts.end(), std::move(fresh));
  }
  last_host_ = static_cast<std::size_t>(found - hosts.begin());
  return *found;
}

void Counters::count_request(const FinishedRequest& request) {
  const auto action = static_cast<std::size_t>(request.action);
  const auto protocol = static_cast<std::size_t>(request.protocol);
  ++host(request.host_label).requests[action][class_of(request.status)][protocol];
  if (durations.empty()) {
    durations.assign(kActions * kProtocols, Histogram(duration_bounds()));
    overheads.assign(kProtocols, Histogram(overhead_bounds()));
  }
  durations[action * kProtocols + protocol].observe(request.duration);
  overheads[protocol].observe(request.overhead);
}

void Counters::count_stripped(Stripped kinds) {
  if (kinds.empty()) return;
  for (std::size_t i = 0; i < stripped.size(); ++i) {
    stripped[i] += kinds.has(static_cast<StrippedKind>(i)) ? 1 : 0;
  }
}

void Counters::count_metadata(std::string_view endpoint, int status, std::uint64_t times) {
  const auto found = std::find_if(metadata.begin(), metadata.end(), [&](const MetadataCount& each) {
    return each.status == status && each.endpoint == endpoint;
  });
  if (found == metadata.end()) {
    metadata.push_back({endpoint, status, times});
  } else {
    found->count += times;
  }
}

void Counters::merge(const Counters& other) {
  for (const Host& from : other.hosts) {
    Host& into = host(from.label);
    for (std::size_t action = 0; action < kActions; ++action) {
      for (std::size_t code = 0; code < kClasses; ++code) {
        add_all(into.requests[action][code], from.requests[action][code]);
      }
    }
  }
  merge_all(durations, other.durations);
  merge_all(overheads, other.overheads);
  add_all(denied, other.denied);
  add_all(stripped, other.stripped);
  add_all(received_bytes, other.received_bytes);
  add_all(sent_bytes, other.sent_bytes);
  add_all(client_connections, other.client_connections);
  add_all(upstream_connections, other.upstream_connections);
  tunnels += other.tunnels;
  for (const MetadataCount& from : other.metadata) {
    count_metadata(from.endpoint, from.status, from.count);
  }
  leaf_certificates += other.leaf_certificates;
  add_all(upstream_tls_failures, other.upstream_tls_failures);
  add_all(token_waiters, other.token_waiters);
}

void TokenCounters::count(auth::Step step, std::string_view result, std::chrono::nanoseconds took) {
  ++refreshes[{step, std::string(result)}];
  durations.try_emplace(step, duration_bounds()).first->second.observe(took);
}

}  // namespace wif::proxy
