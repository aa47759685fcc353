// Everything from outside that the token chain needs: HTTP, time, the environment, chance. Tests
// put their own in. Holds references: what it names must outlive it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>
#include <utility>

#include "auth/environment.h"
#include "auth/failure.h"
#include "base/clock.h"
#include "base/task.h"
#include "config/config.h"
#include "http/fetch.h"

namespace wif::auth {

using Sleep = std::function<Task<>(std::chrono::nanoseconds)>;
// Uniform in [0, 1).
using Random = std::function<double()>;
// Called after each step of a mint with "ok" or the failure's code.
using StepObserver =
    std::function<void(Step step, std::string_view result, std::chrono::nanoseconds took)>;

struct Context {
  Context(const http::Fetch& fetch_in, Sleep sleep_in, const Clock& clock_in,
          const Environment& environment_in, Random random_in, const config::ImdsOptions& imds_in)
      : fetch(fetch_in),
        sleep(std::move(sleep_in)),
        clock(clock_in),
        environment(environment_in),
        random(std::move(random_in)),
        imds(imds_in) {}

  const http::Fetch& fetch;
  Sleep sleep;  // pauses between attempts inside one mint
  const Clock& clock;
  const Environment& environment;
  Random random;
  const config::ImdsOptions& imds;
  std::size_t max_metadata_body_bytes = config::Limits{}.max_metadata_body_bytes;
  std::size_t max_sts_body_bytes = config::Limits{}.max_sts_body_bytes;
  StepObserver on_step;  // may be empty
};

}  // namespace wif::auth
