// Faults that a test orders: the next requests of a service fail in a given way.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/sandbox/http.h"

namespace sandbox {

// What happens to a matching request.
struct Failure {
  enum class Kind {
    kAnswer,    // `status`, `headers`, `body`
    kPassOn,    // nothing but `delay`; the service itself answers
    kClose,     // end of the connection without an answer
    kReset,     // TCP reset
    kNoAnswer,  // silence until the client goes away
  };

  Kind kind = Kind::kAnswer;
  int status = 503;
  HeaderList headers;
  std::string body;
  std::chrono::milliseconds delay{0};
  std::size_t count = 1;      // so many requests; 0 = until cleared
  std::string target_prefix;  // only targets that start so
};

// Thread-safe. Failures of a service are used in the order they were added.
class Failures {
 public:
  void add(const std::string& service, Failure failure);
  // `service` "" = every service.
  void clear(const std::string& service = "");
  // A handler that fails as ordered and otherwise calls `next`.
  Handler failing(std::string service, Handler next);
  // The answer ordered for this request, counted down; nullopt: go on. `delay` is set in any case.
  std::optional<Response> take(const std::string& service, const Request& request,
                               std::chrono::milliseconds& delay);

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<Failure>> failures_;
};

}  // namespace sandbox
