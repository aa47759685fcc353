// `wif-proxy serve`: the proxy in the foreground.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "config/load.h"
#include "proxy/command_line.h"
#include "proxy/commands.h"
#include "proxy/hardening.h"
#include "proxy/server.h"

namespace wif::proxy {
int cmd_serve(const std::vector<std::string>& arguments) {
  config::Sources sources;
  sources.arguments = arguments;
  sources.environment = config::process_environment();
  auto config = config::load(sources);
  if (!config) {
    const config::LoadError& error = config.error();
    std::fprintf(error.exit_code == 0 ? stdout : stderr, "%s\n", error.message.c_str());
    return error.exit_code;
  }
  harden_process(config->allow_core_dumps);
  configure_log(config->log);
  Server::hold_signals();
  auto server = Server::make(std::move(*config));
  if (!server) {
    log::flush();
    std::fprintf(stderr, "wif-proxy: %s\n", server.error().what.c_str());
    return server.error().reason == Reason::kConfiguration ? config::kExitConfiguration
                                                           : kExitFailed;
  }
  const int exit_code = (*server)->run();
  // A connection that would not end still uses the server: then the process ends with it.
  if (!(*server)->ended_cleanly()) std::_Exit(exit_code);
  return exit_code;
}

}  // namespace wif::proxy
