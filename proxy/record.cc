#include "proxy/record.h"

#include <array>

#include "base/log.h"
#include "proxy/exchange.h"

namespace wif::proxy {
namespace {

std::string_view name_of(http::Version version) {
  switch (version) {
    case http::Version::kHttp10: return "http/1.0";
    case http::Version::kHttp11: return "http/1.1";
    case http::Version::kHttp2: return "h2";
  }
  return "";
}

void log_record(Worker& worker, const ClientInfo& client, const RequestRecord& record,
                std::chrono::nanoseconds took) {
  const config::LogOptions& options = worker.shared.config.log;
  const bool failed = !record.reason.empty() || (!record.error.empty() && !record.client_gone);
  const bool warn = failed && !record.quiet;
  if (!options.access && !warn) return;
  const auto write = warn ? log::write : log::write_batched;
  write(warn ? log::Level::kWarn : log::Level::kInfo, "request",
        {{"request_id", record.id},
         {"method", record.method},
         {"host", record.host},
         {"path", options.path ? record.path : std::string_view()},
         {"action", name_of(record.decision.action)},
         {"identity", record.identity},
         {"rule", record.decision.rule_index},
         {"client", client.address},
         {"proto", name_of(record.version)},
         {"status", record.status},
         {"in", record.bytes_in},
         {"out", record.bytes_out},
         {"took", took},
         {"upstream", record.upstream},
         {"reason", record.reason},
         {"error", record.error}});
}

}  // namespace

void finish_record(Worker& worker, const ClientInfo& client, RequestRecord& record) {
  const auto took = std::chrono::steady_clock::now() - record.started;
  FinishedRequest finished;
  finished.action = record.decision.action;
  finished.host_label = record.decision.host_label;
  finished.status = record.status;
  finished.duration = took;
  finished.overhead = record.overhead;
  worker.counters.count_request(finished);
  log_record(worker, client, record, took);
}

}  // namespace wif::proxy
