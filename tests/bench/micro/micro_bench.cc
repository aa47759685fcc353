// What single steps of a request cost, without sockets: `./dev bench` runs it behind the comparison
// with other proxies. Compare builds by it; absolute figures are this machine's.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "auth/sigv4.h"
#include "base/clock.h"
#include "base/secret.h"
#include "config/config.h"
#include "http/h1_parser.h"
#include "proxy/policy.h"
#include "proxy/rewrite.h"
#include "tls/authority.h"

namespace wif {
namespace {

constexpr std::string_view kHead =
    "GET /bigquery/v2/projects/foo-project/datasets/hoge_dataset/tables?maxResults=50 HTTP/1.1\r\n"
    "Host: bigquery.googleapis.com\r\n"
    "User-Agent: google-api-python-client/2.0 gl-python/3.13\r\n"
    "Accept: application/json\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Authorization: Bearer wif-proxy-placeholder-AAAAAAAAAAAAAAAAAAAAAA\r\n"
    "X-Goog-User-Project: foo-project\r\n"
    "X-Goog-Api-Client: cred-type/mds gl-python/3.13\r\n"
    "Connection: keep-alive\r\n\r\n";

void parse_head(benchmark::State& state) {
  const http::H1Limits limits;
  http::H1Parser parser(http::HeadKind::kRequest, limits);
  http::RequestHead head;
  std::string bytes;
  for (auto _ : state) {
    bytes = kHead;  // names are lowered in place
    auto parsed = parser.parse_request_head(bytes.data(), bytes.size(), head);
    benchmark::DoNotOptimize(parsed);
  }
}
BENCHMARK(parse_head);

void rewrite_head(benchmark::State& state) {
  const http::H1Limits limits;
  http::H1Parser parser(http::HeadKind::kRequest, limits);
  const Secret token("Bearer " + std::string(900, 'x'));
  proxy::RewriteRequest how;
  how.authorization = &token;
  std::string bytes(kHead);
  http::RequestHead head;
  for (auto _ : state) {
    state.PauseTiming();
    bytes = kHead;
    if (!parser.parse_request_head(bytes.data(), bytes.size(), head)) std::abort();
    state.ResumeTiming();
    benchmark::DoNotOptimize(proxy::rewrite_request(head, how));
  }
}
BENCHMARK(rewrite_head);

// A request on a connection whose host was looked up already, as nearly all are.
void decide_request(benchmark::State& state) {
  config::Config config;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    config::Rule rule;
    const bool last = i + 1 == state.range(0);
    rule.hosts.push_back(*config::HostPattern::parse(
        last ? "*.googleapis.com" : "host" + std::to_string(i) + ".example"));
    rule.action = config::Action::kInject;
    config.rules.push_back(std::move(rule));
  }
  const auto rules = proxy::rules_for(config, "bigquery.googleapis.com", 443, config::IpAddress());
  for (auto _ : state) {
    benchmark::DoNotOptimize(proxy::decide(rules, "GET", "/bigquery/v2/projects"));
  }
}
BENCHMARK(decide_request)->Arg(1)->Arg(100)->Arg(1000);

void sign_get_caller_identity(benchmark::State& state) {
  auth::SignableRequest request;
  request.method = "POST";
  request.query = "Action=GetCallerIdentity&Version=2011-06-15";
  request.headers = {{"host", "sts.us-east-1.amazonaws.com"}, {"x-amz-date", "20261124T000000Z"}};
  auth::AwsCredentials credentials;
  credentials.access_key_id = "AKIDEXAMPLE";
  credentials.secret_access_key = Secret(std::string("example"));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        auth::sign(request, credentials, {"us-east-1", "sts"}, Clock().wall()));
  }
}
BENCHMARK(sign_get_caller_identity);

void mint_leaf(benchmark::State& state) {
  tls::AuthorityOptions options;
  options.permitted_suffixes = {"googleapis.com"};
  const auto authority = tls::Authority::create(options, Clock().wall());
  if (!authority) std::abort();
  for (auto _ : state) {
    auto leaf = authority->mint("bigquery.googleapis.com", Clock().wall(), std::chrono::hours(24));
    benchmark::DoNotOptimize(leaf);
  }
}
BENCHMARK(mint_leaf);

}  // namespace
}  // namespace wif

BENCHMARK_MAIN();
