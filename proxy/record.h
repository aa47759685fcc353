// What is known of one request when it is over: the access log line and the counters.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/policy.h"
#include "proxy/worker.h"

namespace wif::proxy {

struct ClientInfo;

struct RequestRecord {
  std::string id;
  std::chrono::steady_clock::time_point started;
  std::string_view method;
  http::Version version = http::Version::kHttp11;
  std::string_view path;  // without the query; logged only with log.path
  std::string host;
  std::uint16_t port = 443;
  Decision decision;
  std::string_view identity;             // "" unless a token was wanted
  int status = 0;                        // 0 = no answer was sent
  std::uint64_t bytes_in = 0;            // request body
  std::uint64_t bytes_out = 0;           // response body
  std::chrono::nanoseconds upstream{0};  // from the request sent to the head of its answer
  std::chrono::nanoseconds overhead{0};  // ours, before and after that
  std::string_view reason;   // name of the reason of our own answer, "" for the upstream's
  std::string error;         // why it ended early
  bool client_gone = false;  // the client ended it, which is its right
  bool quiet = false;        // a refusal that clients cause as a matter of course
};

// Writes the log line (unless log.access is off) and counts. Call once, after the last byte.
void finish_record(Worker& worker, const ClientInfo& client, RequestRecord& record);

}  // namespace wif::proxy
