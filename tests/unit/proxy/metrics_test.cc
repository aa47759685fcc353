#include "proxy/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "proxy/metrics_text.h"

namespace wif::proxy {
namespace {

using namespace std::chrono_literals;

FinishedRequest finished(std::string_view host, int status) {
  FinishedRequest request;
  request.action = config::Action::kInject;
  request.host_label = host;
  request.status = status;
  request.duration = 20ms;
  request.overhead = 30us;
  return request;
}

bool has_line(const std::string& text, const std::string& line) {
  return text.starts_with(line + "\n") || text.find("\n" + line + "\n") != std::string::npos;
}

std::string rendered(const Counters& counters) {
  MetricsSnapshot snapshot;
  snapshot.total = counters;
  return render_metrics(snapshot, MetricsFormat::kPrometheus);
}

TEST(Histogram, PutsValuesIntoTheCellsOfTheirBounds) {
  Histogram histogram(duration_bounds());
  for (const auto value : {0ns, 5'000'000ns, 5'000'001ns, 31'000'000'000ns}) {
    histogram.observe(value);
  }
  EXPECT_EQ(histogram.cell(0), 2u);  // a bound belongs to its own cell
  EXPECT_EQ(histogram.cell(1), 1u);
  EXPECT_EQ(histogram.cell(duration_bounds().size()), 1u);
  EXPECT_EQ(histogram.count(), 4u);
  EXPECT_EQ(histogram.sum(), 31'010'000'001ns);
}

TEST(Histogram, HasTheBoundsOfTheContract) {
  EXPECT_EQ(bound_text(duration_bounds().front()), "0.005");
  EXPECT_EQ(bound_text(duration_bounds().back()), "30.0");
  EXPECT_EQ(bound_text(overhead_bounds().front()), "1e-05");
  EXPECT_EQ(bound_text(overhead_bounds().back()), "0.1");
  EXPECT_LE(overhead_bounds().size(), Histogram::kMaxBounds);
  EXPECT_TRUE(std::is_sorted(duration_bounds().begin(), duration_bounds().end()));
  EXPECT_TRUE(std::is_sorted(overhead_bounds().begin(), overhead_bounds().end()));
}

TEST(Counters, CountRequestsByTheirLabels) {
  Counters counters;
  counters.count_request(finished("*.googleapis.com", 200));
  counters.count_request(finished("*.googleapis.com", 204));
  counters.count_request(finished("*.googleapis.com", 503));
  counters.count_request(finished("*.googleapis.com", 0));
  const std::string text = rendered(counters);
  const std::string labels = R"({action="inject",host="*.googleapis.com",code_class=")";
  EXPECT_TRUE(has_line(text, "wif_proxy_requests_total" + labels + R"(2xx",protocol="h1"} 2)"));
  EXPECT_TRUE(has_line(text, "wif_proxy_requests_total" + labels + R"(5xx",protocol="h1"} 1)"));
  EXPECT_TRUE(has_line(text, "wif_proxy_requests_total" + labels + R"(none",protocol="h1"} 1)"));
  EXPECT_TRUE(has_line(text, R"(wif_proxy_overhead_seconds_bucket{protocol="h1",le="5e-05"} 4)"));
  EXPECT_TRUE(has_line(text, R"(wif_proxy_overhead_seconds_bucket{protocol="h1",le="+Inf"} 4)"));
  EXPECT_TRUE(has_line(text, R"(wif_proxy_overhead_seconds_sum{protocol="h1"} 0.000120000)"));
  EXPECT_TRUE(has_line(
      text, R"(wif_proxy_request_duration_seconds_count{action="inject",protocol="h1"} 4)"));
}

// A flood of names must not become a flood of time series.
TEST(Counters, BoundTheNumberOfHosts) {
  Counters counters;
  for (int i = 0; i < 1000; ++i) {
    counters.count_request(finished("h" + std::to_string(i), 200));
  }
  EXPECT_EQ(counters.hosts.size(), Counters::kMaxHosts + 1);
  EXPECT_EQ(counters.hosts.back().label, "other");
  Counters merged;
  for (int i = 2000; i < 2100; ++i) {
    merged.count_request(finished("h" + std::to_string(i), 200));
  }
  merged.merge(counters);
  EXPECT_EQ(merged.hosts.size(), Counters::kMaxHosts + 1);
  std::uint64_t all = 0;
  for (const auto& host : merged.hosts) all += host.requests[0][2][0];
  EXPECT_EQ(all, 1100u);
}

TEST(Counters, MergeAddsEverything) {
  Counters a;
  Counters b;
  for (Counters* each : {&a, &b}) {
    each->count_request(finished("h", 200));
    each->count_denied(Reason::kRuleDenied);
    Stripped stripped;
    stripped.add(StrippedKind::kApiKey);
    each->count_stripped(stripped);
    each->add_bytes(TrafficSide::kUpstream, 10, 20);
    each->add_client_connection(Protocol::kHttp1, 1);
    each->add_upstream_connection(Protocol::kHttp1, 1);
    each->add_tunnel(1);
    each->count_metadata("token", 200);
    each->leaf_certificates = 3;
    each->upstream_tls_failures["certificate"] = 1;
    each->token_waiters["default"] = 2;
  }
  Counters total;
  total.merge(a);
  total.merge(b);
  MetricsSnapshot snapshot;
  snapshot.total = total;
  snapshot.identities.emplace_back().name = "default";
  const std::string text = render_metrics(snapshot, MetricsFormat::kPrometheus);
  for (const char* line :
       {R"(wif_proxy_requests_total{action="inject",host="h",code_class="2xx",protocol="h1"} 2)",
        R"(wif_proxy_denied_total{reason="RULE_DENIED"} 2)",
        R"(wif_proxy_denied_total{reason="INTERNAL"} 0)",
        R"(wif_proxy_client_credentials_stripped_total{kind="api_key"} 2)",
        R"(wif_proxy_received_bytes_total{side="upstream"} 20)",
        R"(wif_proxy_sent_bytes_total{side="upstream"} 40)",
        R"(wif_proxy_client_connections{protocol="h1"} 2)",
        R"(wif_proxy_upstream_connections{protocol="h1"} 2)", "wif_proxy_tunnels 2",
        R"(wif_proxy_metadata_requests_total{endpoint="token",code="200"} 2)",
        "wif_proxy_leaf_certificates_total 6",
        R"(wif_proxy_upstream_tls_failures_total{reason="certificate"} 2)",
        R"(wif_proxy_token_waiters{identity="default"} 4)"}) {
    EXPECT_TRUE(has_line(text, line)) << line;
  }
}

TEST(Metrics, ShowTokensPerIdentity) {
  MetricsSnapshot snapshot;
  auto& identity = snapshot.identities.emplace_back();
  identity.name = "default";
  identity.source = "imds";
  identity.expires = SystemTime(1'767'600'000s);
  identity.tokens.count(auth::Step::kSts, "ok", 90ms);
  identity.tokens.count(auth::Step::kSts, "ok", 90ms);
  identity.tokens.count(auth::Step::kImpersonate, "sa_permission", 7ms);
  snapshot.clock_offset = -90s;
  snapshot.unsafe_listener = true;
  snapshot.ca_expiry = SystemTime(1'800'000'000s);
  const std::string text = render_metrics(snapshot, MetricsFormat::kPrometheus);
  for (
      const char* line :
      {R"(wif_proxy_token_refreshes_total{identity="default",step="sts",result="ok"} 2)",
       R"(wif_proxy_token_refreshes_total{identity="default",step="impersonate",result="sa_permission"} 1)",
       R"(wif_proxy_token_refresh_duration_seconds_count{identity="default",step="sts"} 2)",
       R"(wif_proxy_token_expiry_timestamp_seconds{identity="default"} 1767600000)",
       R"(wif_proxy_credential_source_info{identity="default",source="imds"} 1)",
       "wif_proxy_clock_offset_seconds -90", "wif_proxy_unsafe_listener 1",
       "wif_proxy_ca_expiry_timestamp_seconds 1800000000"}) {
    EXPECT_TRUE(has_line(text, line)) << line;
  }
}

TEST(Metrics, TellAboutTheProcess) {
  std::istringstream lines(rendered(Counters()));
  std::set<std::string> positive;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("process_")) continue;
    const auto space = line.find(' ');
    if (std::stod(line.substr(space)) > 0) positive.insert(line.substr(0, space));
  }
  for (const char* name :
       {"process_open_fds", "process_max_fds", "process_virtual_memory_bytes",
        "process_resident_memory_bytes", "process_start_time_seconds", "process_threads"}) {
    EXPECT_TRUE(positive.contains(name)) << name;
  }
}

TEST(MetricsText, SpeaksBothFormats) {
  MetricsText prometheus(MetricsFormat::kPrometheus);
  prometheus.counter("wif_proxy_sent_bytes", "Help.");
  prometheus.sample({{"side", "client"}}, 1);
  EXPECT_EQ(std::move(prometheus).finish(),
            "# HELP wif_proxy_sent_bytes_total Help.\n"
            "# TYPE wif_proxy_sent_bytes_total counter\n"
            "wif_proxy_sent_bytes_total{side=\"client\"} 1\n");
  MetricsText open(MetricsFormat::kOpenMetrics);
  open.counter("wif_proxy_sent_bytes", "Help.");
  open.sample({{"side", "client"}}, 1);
  EXPECT_EQ(std::move(open).finish(),
            "# HELP wif_proxy_sent_bytes Help.\n"
            "# TYPE wif_proxy_sent_bytes counter\n"
            "# UNIT wif_proxy_sent_bytes bytes\n"
            "wif_proxy_sent_bytes_total{side=\"client\"} 1\n"
            "# EOF\n");
}

TEST(MetricsText, EscapesLabels) {
  MetricsText text(MetricsFormat::kPrometheus);
  text.gauge("g", "h");
  text.sample({{"l", "a\"b\\c\nd"}}, 1);
  EXPECT_NE(std::move(text).finish().find("g{l=\"a\\\"b\\\\c\\nd\"} 1\n"), std::string::npos);
}

TEST(MetricsFormat, FollowsAccept) {
  const auto open = MetricsFormat::kOpenMetrics;
  const auto prometheus = MetricsFormat::kPrometheus;
  EXPECT_EQ(metrics_format(""), prometheus);
  EXPECT_EQ(metrics_format("*/*"), prometheus);
  EXPECT_EQ(metrics_format("text/plain;version=0.0.4"), prometheus);
  EXPECT_EQ(metrics_format("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"), open);
  EXPECT_EQ(metrics_format("text/plain;q=0.5, Application/OpenMetrics-Text; q=0.8"), open);
  EXPECT_EQ(metrics_format("application/openmetrics-text;q=0"), prometheus);
}

}  // namespace
}  // namespace wif::proxy
