// What this binary is, for `version`, /status and metrics. Static text; any thread.
#pragma once

#include <string>
#include <string_view>

namespace wif::proxy {

struct BuildInfo {
  std::string_view version;
  std::string_view revision;  // of the source, "unknown" where the build did not tell
  std::string compiler;
  std::string tls_library;  // as loaded: "OpenSSL 3.0.17"
};

BuildInfo build_info();

}  // namespace wif::proxy
