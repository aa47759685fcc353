// One small whole request and its answer: how auth/ talks to AWS and Google without knowing
// sockets. The real one is http/client_fetch.h; unit tests give canned answers.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"

namespace wif::http {

struct FetchRequest {
  FetchRequest(std::string method_in, std::string url_in)
      : method(std::move(method_in)), url(std::move(url_in)) {}

  std::string method;
  std::string url;                                           // http or https, absolute, no fragment
  std::vector<std::pair<std::string, std::string>> headers;  // sent in this order after Host
  std::string body;  // zeroed by the fetcher once it is sent
  std::chrono::milliseconds connect_timeout{3000};
  std::chrono::milliseconds timeout{10000};  // the whole exchange
  std::size_t max_body_bytes = 64u << 10;    // of the answer; more is a failure
  bool direct = false;                       // of this place: never by a proxy in front
};

struct FetchResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  SteadyTime sent_at{};      // when the request was sent
  SystemTime received_at{};  // wall clock when the head arrived

  // Value of the first field of that (lower-case) name, "" where absent.
  std::string_view header(std::string_view name) const {
    for (const auto& [field, value] : headers) {
      if (field == name) return value;
    }
    return {};
  }
};

// No answer: how far it got tells what may be wrong (a hop limit shows as kTimeout after connect).
struct FetchError {
  enum class Stage { kResolve, kConnect, kTls, kTimeout, kProtocol };
  FetchError(Stage stage_in, std::string what_in) : stage(stage_in), what(std::move(what_in)) {}
  Stage stage;
  bool connected = false;  // TCP was established
  std::string what;        // one sentence, no secret
};

// Never follows redirects, never uses a proxy from the environment. An HTTP status of any value is
// an answer, not an error.
using Fetch = std::function<Task<Result<FetchResponse, FetchError>>(FetchRequest)>;

}  // namespace wif::http
