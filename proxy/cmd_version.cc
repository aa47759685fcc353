// `wif-proxy version`.
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "proxy/build_info.h"
#include "proxy/command_line.h"
#include "proxy/commands.h"

namespace wif::proxy {
namespace {

constexpr std::array<config::CommandFlag, 1> kFlags{{{"--json", "", "for machines"}}};
constexpr std::array<const char*, 2> kProtocols{"http/1.1", "h2"};

void print_json(const BuildInfo& build) {
  const nlohmann::ordered_json json{{"version", build.version},
                                    {"commit", build.revision},
                                    {"compiler", build.compiler},
                                    {"tls_library", build.tls_library},
                                    {"protocols", kProtocols}};
  std::printf("%s\n", json.dump().c_str());
}

void print_text(const BuildInfo& build) {
  std::string protocols;
  for (const std::string_view each : kProtocols)
    protocols.append(protocols.empty() ? "" : ", ").append(each);
  std::printf("wif-proxy %s\ncommit       %s\ncompiler     %s\nTLS library  %s\nprotocols    %s\n",
              std::string(build.version).c_str(), std::string(build.revision).c_str(),
              build.compiler.c_str(), build.tls_library.c_str(), protocols.c_str());
}

}  // namespace

int cmd_version(const std::vector<std::string>& arguments) {
  const auto flags = read_command_line("version", arguments, kFlags);
  if (!flags) return flags.error();
  const BuildInfo build = build_info();
  flags->command.contains("json") ? print_json(build) : print_text(build);
  return 0;
}

}  // namespace wif::proxy
