// The rows of the option table about the file, listeners, clients, rules and IMDS.
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "config/option_stores.h"
#include "config/url.h"

namespace wif::config {
namespace {

Result<void> store_threads(Draft& draft, const Given& given) {
  const auto number = parse_decimal<unsigned>(given.texts[0]);
  if (!number || *number < 1 || *number > 1024) {
    return value_error(given.texts[0], "write a whole number from 1 to 1024");
  }
  draft.config.threads = *number;
  draft.threads_given = true;
  return {};
}

Result<void> store_proxy(Draft& draft, const Given& given) {
  if (given.texts.empty()) return value_error("", "write at least one ADDRESS:PORT");
  TRY(draft.config.listen.proxy, parse_all<Endpoint>(given.texts));
  return {};
}

Store optional_endpoint(std::optional<Endpoint>& (*field)(Config&)) {
  return [field](Draft& draft, const Given& given) -> Result<void> {
    field(draft.config).reset();
    if (given.texts[0] == "off") return {};
    TRY(field(draft.config), Endpoint::parse(given.texts[0]));
    return {};
  };
}

Result<void> store_metadata_names(Draft& draft, const Given& given) {
  for (const auto& name : given.texts) {
    if (normalize_host(name) != name) return value_error(name, "write a host name in lower case");
  }
  draft.config.listen.metadata_names = given.texts;
  return {};
}

Result<void> store_imds_endpoint(Draft& draft, const Given& given) {
  const auto url = parse_url(given.texts[0]);
  if (!url || url->scheme != "http" || url->has_userinfo || url->has_fragment ||
      !url->query.empty() || (!url->path.empty() && url->path != "/")) {
    return value_error(given.texts[0], "write http://HOST or http://HOST:PORT");
  }
  draft.config.imds.endpoint = given.texts[0];
  if (!url->path.empty()) draft.config.imds.endpoint.pop_back();
  return {};
}

Result<void> store_inject(Draft& draft, const Given& given) {
  TRY(draft.inject_flags, parse_all<HostPattern>(given.texts));
  return {};
}

Result<void> store_deny(Draft& draft, const Given& given) {
  TRY(draft.deny_flags, parse_all<HostPattern>(given.texts));
  return {};
}

Result<void> store_default_action(Draft& draft, const Given& given) {
  if (given.texts[0] != "tunnel" && given.texts[0] != "deny") {
    return value_error(given.texts[0], "write tunnel or deny");
  }
  draft.config.default_action = given.texts[0] == "tunnel" ? Action::kTunnel : Action::kDeny;
  draft.default_action_given = true;
  return {};
}

Result<void> store_allow_cidrs(Draft& draft, const Given& given) {
  if (given.texts.empty()) return value_error("", "write the ranges that clients may come from");
  TRY(draft.config.allow_cidrs, parse_all<Cidr>(given.texts));
  draft.config.allow_cidrs_given = true;
  return {};
}

std::vector<Option> general_rows() {
  return {
      {.flag = "--config",
       .environment = {"WIF_PROXY_CONFIG"},
       .value = "FILE",
       .default_text = "/etc/wif-proxy/config.json if present",
       .help = "configuration file",
       .common = true},
      {.environment = {"WIF_PROXY_CONFIG_JSON"},
       .default_text = "none",
       .help = "the whole configuration file inline"},
      {.key = "threads",
       .flag = "--threads",
       .environment = {"WIF_PROXY_THREADS"},
       .type = OptionType::kInteger,
       .value = "N",
       .default_text = "CPU quota of the cgroup",
       .help = "worker threads, at least 1",
       .store = store_threads},
  };
}

std::vector<Option> listen_rows() {
  using enum OptionType;
  return {
      {.key = "listen.proxy",
       .flag = "--listen",
       .environment = {"WIF_PROXY_LISTEN"},
       .type = kTextOrList,
       .value = "ADDRESS:PORT",
       .default_text = "127.0.0.1:3128",
       .help = "where clients connect",
       .store = store_proxy,
       .common = true},
      {.key = "listen.sni",
       .flag = "--listen-sni",
       .environment = {"WIF_PROXY_LISTEN_SNI"},
       .value = "ADDRESS:PORT",
       .default_text = "off",
       .help = "where TLS arrives that knows of no proxy, told apart by its server name",
       .store = optional_endpoint([](Config & c) -> auto& { return c.listen.sni; }),
       .null_text = "off"},
      {.key = "listen.metadata",
       .flag = "--listen-metadata",
       .environment = {"WIF_PROXY_LISTEN_METADATA"},
       .value = "ADDRESS:PORT",
       .default_text = "127.0.0.1:3130",
       .help = "emulation of Google's metadata server, or off",
       .store = optional_endpoint([](Config & c) -> auto& { return c.listen.metadata; }),
       .null_text = "off",
       .common = true},
      {.key = "listen.metadata_names",
       .flag = "--metadata-name",
       .environment = {"WIF_PROXY_METADATA_NAMES"},
       .type = kList,
       .value = "NAME",
       .default_text = "none",
       .help = "further Host that the metadata emulation answers to",
       .store = store_metadata_names},
      {.key = "listen.admin",
       .flag = "--listen-admin",
       .environment = {"WIF_PROXY_LISTEN_ADMIN"},
       .value = "ADDRESS:PORT",
       .default_text = "127.0.0.1:3131",
       .help = "health, status and metrics, or off",
       .store = optional_endpoint([](Config & c) -> auto& { return c.listen.admin; }),
       .null_text = "off",
       .common = true},
      {.key = "listen.allow_non_loopback",
       .flag = "--allow-non-loopback",
       .environment = {"WIF_PROXY_ALLOW_NON_LOOPBACK"},
       .type = kBoolean,
       .default_text = "false",
       .help = "permit listeners off loopback; needs --allow-cidr as well",
       .store = store_boolean([](Config & c) -> auto& { return c.listen.allow_non_loopback; }),
       .common = true},
      {.key = "listen.unsafe",
       .flag = "--unsafe-listen",
       .type = kBoolean,
       .default_text = "false",
       .help = "permit listeners off loopback for every client that can reach them",
       .store = store_boolean([](Config & c) -> auto& { return c.listen.unsafe; })},
      {.key = "clients.allow_cidrs",
       .flag = "--allow-cidr",
       .environment = {"WIF_PROXY_ALLOW_CIDRS"},
       .type = kList,
       .value = "CIDR",
       .default_text = "127.0.0.0/8, ::1/128",
       .help = "addresses that clients may have",
       .store = store_allow_cidrs,
       .common = true},
  };
}

std::vector<Option> rule_rows() {
  using enum OptionType;
  return {
      {.flag = "--inject",
       .type = kList,
       .value = "HOST",
       .default_text = "*.googleapis.com",
       .help = "host that gets the token; replaces other rules",
       .store = store_inject,
       .common = true},
      {.flag = "--deny",
       .type = kList,
       .value = "HOST",
       .default_text = "none",
       .help = "host that is refused, in front of all rules",
       .store = store_deny,
       .common = true},
      {.key = "default_action",
       .flag = "--default-action",
       .environment = {"WIF_PROXY_DEFAULT_ACTION"},
       .type = kChoice,
       .value = "ACTION",
       .default_text = "deny",
       .help = "tunnel or deny: what happens to a host that no rule matches",
       .store = store_default_action},
      {.key = "imds.endpoint",
       .flag = "--imds-endpoint",
       .environment = {"AWS_EC2_METADATA_SERVICE_ENDPOINT"},
       .value = "URL",
       .default_text = "from the credential file, else http://169.254.169.254",
       .help = "EC2 instance metadata service",
       .store = store_imds_endpoint},
      {.key = "imds.v1",
       .flag = "--no-imds-v1",
       .environment = {"AWS_EC2_METADATA_V1_DISABLED"},
       .type = kBoolean,
       .default_text = "true",
       .help = "do not fall back to IMDSv1",
       .store = store_boolean([](Config & c) -> auto& { return c.imds.v1; }),
       .negated = true},
      {.key = "imds.v2",
       .flag = "--no-imds-v2",
       .type = kBoolean,
       .default_text = "true",
       .help = "do not try IMDSv2",
       .store = store_boolean([](Config & c) -> auto& { return c.imds.v2; }),
       .negated = true},
  };
}

}  // namespace

std::vector<Option> listen_options() {
  auto rows = general_rows();
  for (auto& row : listen_rows()) rows.push_back(std::move(row));
  return rows;
}

std::vector<Option> rule_options() { return rule_rows(); }

}  // namespace wif::config
