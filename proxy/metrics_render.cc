// The page /metrics: every family of experience.md 7, in its order.
#include "base/text.h"
#include "proxy/answer.h"
#include "proxy/build_info.h"
#include "proxy/metrics.h"
#include "proxy/metrics_text.h"

namespace wif::proxy {
namespace {

constexpr std::array<std::string_view, Counters::kClasses> kClassNames{"none", "1xx", "2xx",
                                                                       "3xx",  "4xx", "5xx"};
constexpr std::array<std::string_view, kProtocols> kProtocolNames{"h1", "h2", "tunnel"};
constexpr std::array<std::string_view, 2> kSideNames{"client", "upstream"};

void render_build(MetricsText& text) {
  const BuildInfo build = build_info();
  text.gauge("wif_proxy_build_info", "What is running.");
  text.sample({{"version", build.version},
               {"revision", build.revision},
               {"tls_library", build.tls_library}},
              1);
}

void render_requests(MetricsText& text, const Counters& total) {
  text.counter("wif_proxy_requests", "Requests and tunnels that are over.");
  for (const Counters::Host& host : total.hosts) {
    for (std::size_t action = 0; action < Counters::kActions; ++action) {
      for (std::size_t code = 0; code < Counters::kClasses; ++code) {
        for (std::size_t protocol = 0; protocol < kProtocols; ++protocol) {
          const std::uint64_t count = host.requests[action][code][protocol];
          if (count == 0) continue;
          text.sample({{"action", name_of(static_cast<config::Action>(action))},
                       {"host", host.label},
                       {"code_class", kClassNames[code]},
                       {"protocol", kProtocolNames[protocol]}},
                      count);
        }
      }
    }
  }
}

void render_durations(MetricsText& text, const Counters& total) {
  text.histogram("wif_proxy_request_duration_seconds", "From a request's head to its last byte.");
  for (std::size_t i = 0; i < total.durations.size(); ++i) {
    if (total.durations[i].count() == 0) continue;
    text.sample({{"action", name_of(static_cast<config::Action>(i / kProtocols))},
                 {"protocol", kProtocolNames[i % kProtocols]}},
                total.durations[i]);
  }
  text.histogram("wif_proxy_overhead_seconds",
                 "The proxy's own share of a request, without waiting for either side.");
  for (std::size_t i = 0; i < total.overheads.size(); ++i) {
    if (total.overheads[i].count() == 0) continue;
    text.sample({{"protocol", kProtocolNames[i]}}, total.overheads[i]);
  }
}

template <typename Values, typename Names>
void render_each(MetricsText& text, std::string_view label, const Names& names,
                 const Values& values) {
  for (std::size_t i = 0; i < values.size(); ++i) text.sample({{label, names[i]}}, values[i]);
}

void render_traffic(MetricsText& text, const Counters& total) {
  text.counter("wif_proxy_received_bytes", "Bytes received, by side.");
  render_each(text, "side", kSideNames, total.received_bytes);
  text.counter("wif_proxy_sent_bytes", "Bytes sent, by side.");
  render_each(text, "side", kSideNames, total.sent_bytes);
  text.gauge("wif_proxy_client_connections", "Open connections of clients.");
  render_each(text, "protocol", kProtocolNames, total.client_connections);
  text.gauge("wif_proxy_upstream_connections", "Open connections to upstreams, idle ones too.");
  render_each(text, "protocol", kProtocolNames, total.upstream_connections);
  text.gauge("wif_proxy_tunnels", "Open blind tunnels.");
  text.sample({}, total.tunnels);
}

void render_refreshes(MetricsText& text, const std::vector<IdentityMetrics>& identities) {
  text.counter("wif_proxy_token_refreshes",
               "Steps of the token chain; result is ok or a code of docs/errors.md.");
  for (const IdentityMetrics& identity : identities) {
    for (const auto& [key, count] : identity.tokens.refreshes) {
      text.sample(
          {{"identity", identity.name}, {"step", auth::name_of(key.first)}, {"result", key.second}},
          count);
    }
  }
  text.histogram("wif_proxy_token_refresh_duration_seconds", "Time of a step of the token chain.");
  for (const IdentityMetrics& identity : identities) {
    for (const auto& [step, histogram] : identity.tokens.durations) {
      text.sample({{"identity", identity.name}, {"step", auth::name_of(step)}}, histogram);
    }
  }
}

void render_tokens(MetricsText& text, const MetricsSnapshot& snapshot) {
  render_refreshes(text, snapshot.identities);
  text.gauge("wif_proxy_token_expiry_timestamp_seconds", "When the current token ends.");
  for (const IdentityMetrics& identity : snapshot.identities) {
    if (identity.expires) text.sample({{"identity", identity.name}}, *identity.expires);
  }
  text.gauge("wif_proxy_token_waiters", "Requests that wait for a token.");
  for (const IdentityMetrics& identity : snapshot.identities) {
    const auto waiters = snapshot.total.token_waiters.find(identity.name);
    const bool known = waiters != snapshot.total.token_waiters.end();
    text.sample({{"identity", identity.name}}, known ? waiters->second : std::uint64_t{0});
  }
  text.gauge("wif_proxy_clock_offset_seconds", "Google's clock minus ours; 0 within 30 s.");
  text.sample({}, static_cast<std::int64_t>(snapshot.clock_offset.count()));
  text.gauge("wif_proxy_unsafe_listener", "1: a listener off loopback has no access control.");
  text.sample({}, snapshot.unsafe_listener ? 1 : 0);
  text.gauge("wif_proxy_credential_source_info", "Where the inputs of tokens come from.");
  for (const IdentityMetrics& identity : snapshot.identities) {
    if (identity.source.empty()) continue;
    text.sample({{"identity", identity.name}, {"source", identity.source}}, 1);
  }
}

void render_refusals(MetricsText& text, const Counters& total) {
  text.counter("wif_proxy_denied", "Answers made by the proxy itself, by reason.");
  for (std::size_t i = 0; i < total.denied.size(); ++i) {
    const auto reason = static_cast<Reason>(i);
    if (reason == Reason::kClientGone || reason == Reason::kConfiguration) continue;
    text.sample({{"reason", row_of(reason).name}}, total.denied[i]);
  }
  text.counter("wif_proxy_client_credentials_stripped",
               "Requests that a credential of the client was taken out of.");
  for (std::size_t i = 0; i < total.stripped.size(); ++i) {
    text.sample({{"kind", name_of(static_cast<StrippedKind>(i))}}, total.stripped[i]);
  }
  text.counter("wif_proxy_metadata_requests", "Requests to the metadata emulation.");
  for (const Counters::MetadataCount& each : total.metadata) {
    text.sample({{"endpoint", each.endpoint}, {"code", std::to_string(each.status)}}, each.count);
  }
}

void render_certificates(MetricsText& text, const MetricsSnapshot& snapshot) {
  text.counter("wif_proxy_leaf_certificates", "Certificates made for hosts.");
  text.sample({}, snapshot.total.leaf_certificates);
  text.gauge("wif_proxy_ca_expiry_timestamp_seconds", "When the private CA ends.");
  if (snapshot.ca_expiry) text.sample({}, *snapshot.ca_expiry);
  text.counter("wif_proxy_upstream_tls_failures", "TLS handshakes with upstreams that failed.");
  for (const auto& [reason, count] : snapshot.total.upstream_tls_failures) {
    text.sample({{"reason", reason}}, count);
  }
}

}  // namespace

MetricsFormat metrics_format(std::string_view accept) {
  for (const std::string_view range : split(accept, ',')) {
    const auto parts = split(range, ';');
    if (!iequals(trim(parts.front()), "application/openmetrics-text")) continue;
    for (const std::string_view parameter : parts) {
      const std::string_view text = trim(parameter);
      if (text == "q=0" || text == "q=0.0") return MetricsFormat::kPrometheus;
    }
    return MetricsFormat::kOpenMetrics;
  }
  return MetricsFormat::kPrometheus;
}

std::string_view content_type(MetricsFormat format) {
  return format == MetricsFormat::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string render_metrics(const MetricsSnapshot& snapshot, MetricsFormat format) {
  MetricsText text(format);
  render_build(text);
  render_requests(text, snapshot.total);
  render_durations(text, snapshot.total);
  render_traffic(text, snapshot.total);
  render_tokens(text, snapshot);
  render_refusals(text, snapshot.total);
  render_certificates(text, snapshot);
  append_process_metrics(text);
  return std::move(text).finish();
}

}  // namespace wif::proxy
