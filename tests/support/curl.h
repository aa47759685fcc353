// curl, for tests in which the bytes on the wire do not matter.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/test_proxy.h"

namespace wif::test {

// What curl got.
struct CurlAnswer {
  int exit_code = -1;
  int status = 0;          // of the last answer
  int connect_status = 0;  // of the proxy's answer to CONNECT
  int connections = 0;     // how many it opened
  std::string heads;       // of all answers but the one to CONNECT
  std::string body;
  std::string error;

  std::string header(std::string_view name) const;  // of the last answer
};

// Runs curl through the proxy, trusting its CA, with an empty environment.
CurlAnswer curl(const TestProxy& proxy, const std::vector<std::string>& arguments);
// Without a proxy: for the admin and metadata listeners.
CurlAnswer curl_direct(const std::vector<std::string>& arguments);

}  // namespace wif::test
