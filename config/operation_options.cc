// The rows of the option table about health, the admin port and the log.
#include <string>
#include <vector>

#include "config/option_stores.h"

namespace wif::config {
namespace {

std::vector<Option> health_rows() {
  using enum OptionType;
  return {
      {.key = "health.ready_requires_token",
       .flag = "--ready-without-token",
       .type = kBoolean,
       .default_text = "true",
       .help = "report ready before the first token is there",
       .store = store_boolean([](Config & c) -> auto& { return c.ready_requires_token; }),
       .negated = true},
      {.key = "health.require_token",
       .flag = "--require-token",
       .environment = {"WIF_PROXY_REQUIRE_TOKEN"},
       .type = kBoolean,
       .default_text = "false",
       .help = "exit with 1 if the first token is not to be had",
       .store = store_boolean([](Config & c) -> auto& { return c.require_token; })},
      {.key = "admin.quit",
       .flag = "--enable-quit",
       .type = kBoolean,
       .default_text = "false",
       .help = "answer POST /quitquitquit on the admin port",
       .store = store_boolean([](Config & c) -> auto& { return c.admin_quit; })},
      {.key = "diagnostic_header",
       .flag = "--no-diagnostic-header",
       .type = kBoolean,
       .default_text = "true",
       .help = "leave x-wif-proxy out of answers",
       .store = store_boolean([](Config & c) -> auto& { return c.diagnostic_header; }),
       .negated = true},
      {.flag = "--allow-core-dumps",
       .type = kBoolean,
       .default_text = "false",
       .help = "permit core dumps and debuggers, which can read tokens",
       .store = store_boolean([](Config & c) -> auto& { return c.allow_core_dumps; })},
  };
}

std::vector<Option> log_rows() {
  using enum OptionType;
  using Level = LogOptions::Level;
  using Format = LogOptions::Format;
  return {
      {.key = "log.level",
       .flag = "--log-level",
       .environment = {"WIF_PROXY_LOG_LEVEL"},
       .type = kChoice,
       .value = "LEVEL",
       .default_text = "info",
       .help = "trace, debug, info, warn or error",
       .store = store_choice<Level>([](Config & c) -> auto& { return c.log.level; },
                                    {{"trace", Level::kTrace},
                                     {"debug", Level::kDebug},
                                     {"info", Level::kInfo},
                                     {"warn", Level::kWarn},
                                     {"error", Level::kError}}),
       .common = true},
      {.key = "log.format",
       .flag = "--log-format",
       .environment = {"WIF_PROXY_LOG_FORMAT"},
       .type = kChoice,
       .value = "FORMAT",
       .default_text = "auto",
       .help = "auto (text on a terminal), text or json",
       .store = store_choice<Format>(
           [](Config & c) -> auto& { return c.log.format; },
           {{"auto", Format::kAuto}, {"text", Format::kText}, {"json", Format::kJson}}),
       .common = true},
      {.key = "log.access",
       .flag = "--no-access-log",
       .type = kBoolean,
       .default_text = "true",
       .help = "do not log each request",
       .store = store_boolean([](Config & c) -> auto& { return c.log.access; }),
       .negated = true},
      {.key = "log.path",
       .flag = "--log-path",
       .type = kBoolean,
       .default_text = "false",
       .help = "log request paths, which may name customers' data",
       .store = store_boolean([](Config & c) -> auto& { return c.log.path; })},
  };
}

}  // namespace

std::vector<Option> operation_options() {
  auto rows = health_rows();
  for (auto& row : log_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace wif::config
