// `wif-proxy healthcheck`: for Docker, ECS and exec probes, in images without a shell or curl.
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>

#include "proxy/command_line.h"
#include "proxy/commands.h"
#include "proxy/probe.h"

namespace wif::proxy {
namespace {

constexpr std::array<config::CommandFlag, 3> kFlags{{
    {"--url", "URL", "ask this address instead of the configured admin port"},
    {"--live", "", "only whether the process lives (/healthz), not whether it is ready"},
    {"-v,--verbose", "", "say the result in one line"},
}};

// Everything together, name lookups included, ends within two seconds.
void arm_time_limit() {
  std::signal(SIGALRM, [](int) { ::_exit(kExitFailed); });
  itimerval limit{};
  limit.it_value.tv_sec = 1;
  limit.it_value.tv_usec = 800'000;
  ::setitimer(ITIMER_REAL, &limit, nullptr);
}

Result<ProbeTarget> find_target(const config::Flags& flags, std::string_view path) {
  const std::string_view url = flag_value(flags, "url");
  if (!url.empty()) return parse_probe_url(url, path);
  const auto config = load_without_credentials(flags);
  if (!config) return Error(Reason::kConfiguration, config.error().message);
  return admin_target(*config, path);
}

}  // namespace

int cmd_healthcheck(const std::vector<std::string>& arguments) {
  const auto flags = read_command_line("healthcheck", arguments, kFlags);
  if (!flags) return flags.error();
  arm_time_limit();
  const bool live = flags->command.contains("live");
  const bool verbose = flags->command.contains("verbose");
  const auto target = find_target(*flags, live ? "/healthz" : "/readyz");
  auto answer = target ? probe(*target, std::chrono::milliseconds(1'500))
                       : Result<ProbeAnswer>(target.error());
  const bool healthy = answer && answer->status == 200;
  if (verbose) {
    const std::string line = !answer           ? answer.error().what
                             : live && healthy ? std::string("alive")
                                               : describe_readiness(*answer);
    std::printf("%s\n", line.c_str());
  }
  return healthy ? 0 : kExitFailed;
}

}  // namespace wif::proxy
