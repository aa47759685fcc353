// The log of every request that reached a stand-in, for tests that ask what was sent, to whom and
// how often.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/crypto.h"
#include "tests/sandbox/http.h"

namespace sandbox {

struct Arrival {
  std::string service;
  std::string method;
  std::string target;
  HeaderList headers;
  std::uint64_t body_bytes = 0;  // what the stand-in has read of the body
  std::string body_sha256;       // hex, of the same bytes
  TimePoint time;
  std::string server_name;  // SNI, "" without TLS
  std::string peer;         // address and port: one per connection
};

// Thread-safe. Keeps the newest `limit` entries.
class Arrivals {
 public:
  explicit Arrivals(std::size_t limit = 10'000) : limit_(limit) {}

  // A handler that logs the request under `service` and then calls `next`.
  Handler recording(std::string service, Handler next);
  // Logs one request; its body counts as it is read.
  void record(const std::string& service, Request& request);

  // Oldest first; `service` "" = all of them.
  std::vector<Arrival> all(std::string_view service = "") const;
  // How many went to `service` with a target that starts with `target_prefix`.
  std::size_t count(std::string_view service, std::string_view target_prefix = "") const;
  void clear();

 private:
  struct Entry {
    Arrival arrival;
    RunningSha256 hash;
  };

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Entry>> entries_;
};

}  // namespace sandbox
