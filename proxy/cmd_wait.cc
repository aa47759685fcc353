// `wif-proxy wait`: returns when a proxy that was just started is ready.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <thread>

#include "config/values.h"
#include "proxy/command_line.h"
#include "proxy/commands.h"
#include "proxy/probe.h"

namespace wif::proxy {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBetween{100};
constexpr milliseconds kProbeLimit{2'000};

constexpr std::array<config::CommandFlag, 2> kFlags{{
    {"--max", "TIME", "how long to wait [30s]"},
    {"--url", "URL", "ask this address instead of the configured admin port"},
}};

struct Wish {
  ProbeTarget target;
  milliseconds max{30'000};
};

Result<Wish, config::LoadError> read_wish(const config::Flags& flags) {
  Wish wish;
  if (const std::string_view max = flag_value(flags, "max"); !max.empty()) {
    const auto duration = config::parse_duration(max);
    if (!duration) return config::LoadError{config::kExitUsage, "--max: " + duration.error().what};
    wish.max = *duration;
  }
  if (const std::string_view url = flag_value(flags, "url"); !url.empty()) {
    auto target = parse_probe_url(url, "/readyz");
    if (!target) return config::LoadError{config::kExitUsage, target.error().what};
    wish.target = *std::move(target);
    return wish;
  }
  TRY(const auto config, load_without_credentials(flags));
  auto target = admin_target(config, "/readyz");
  if (!target) return config::LoadError{config::kExitConfiguration, target.error().what};
  wish.target = *std::move(target);
  return wish;
}

int wait_for(const Wish& wish) {
  const auto end = SteadyClock::now() + wish.max;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - SteadyClock::now());
    const auto answer = probe(wish.target, std::clamp(left, milliseconds(100), kProbeLimit));
    if (answer && answer->status == 200) return 0;
    if (SteadyClock::now() + kBetween >= end) {
      const std::string why = answer ? describe_readiness(*answer) : answer.error().what;
      std::fprintf(stderr, "wif-proxy: %s after %lld ms\n", why.c_str(),
                   static_cast<long long>(wish.max.count()));
      return kExitFailed;
    }
    std::this_thread::sleep_for(kBetween);
  }
}

}  // namespace

int cmd_wait(const std::vector<std::string>& arguments) {
  const auto flags = read_command_line("wait", arguments, kFlags);
  if (!flags) return flags.error();
  const auto wish = read_wish(*flags);
  if (!wish) {
    std::fprintf(stderr, "%s\n", wish.error().message.c_str());
    return wish.error().exit_code;
  }
  return wait_for(*wish);
}

}  // namespace wif::proxy
