// The one list of environment variables that clients need: what `env` prints, `run` sets, and the
// files of platforms are made of. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/environment.h"

namespace wif::proxy {

// What clients are told about a proxy.
struct ClientSettings {
  std::string proxy = "127.0.0.1:3128";     // HOST:PORT
  std::string metadata = "127.0.0.1:3130";  // HOST:PORT; "" = the emulation is off
  std::string ca_dir;                       // where ca.pem and bundle.pem are
  std::string project;                      // "" = not known
  bool java = false;                        // JAVA_TOOL_OPTIONS, which names truststore.jks
};

struct Variable {
  std::string name;
  std::string value;
};

// Name of the file in `ca_dir` that stands in for a credential where the emulation is off
// (proxy/placeholder_file.h).
inline constexpr std::string_view kPlaceholderFile = "placeholder-credentials.json";

// In the order in which they are shown.
std::vector<Variable> client_variables(const ClientSettings& settings);

// The same for a place that has variables already: NO_PROXY and JAVA_TOOL_OPTIONS keep what stands
// in them, a project that is set stays.
std::vector<Variable> client_variables(const ClientSettings& settings,
                                       const config::Environment& present);

// What goes wrong with these variables present, one line each: a credential file that wins over the
// metadata emulation, and exceptions that lead round the proxy.
std::vector<std::string> warnings_about(const config::Environment& present);

// Whether `no_proxy` makes clients go to Google's APIs directly.
bool goes_round_proxy(std::string_view no_proxy);

}  // namespace wif::proxy
