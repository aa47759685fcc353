// The rows `ca.*` and `upstream.*` of the option table.
#include <chrono>
#include <string>
#include <vector>

#include "config/connect_to.h"
#include "config/option_stores.h"
#include "config/upstream_proxy.h"

namespace wif::config {
namespace {

Result<void> store_state_dir(Draft& draft, const Given& given) {
  // systemd's STATE_DIRECTORY may hold several, separated by colons.
  const bool list = given.origin == Origin::kEnvironment;
  draft.config.ca.state_dir =
      list ? given.texts[0].substr(0, given.texts[0].find(':')) : given.texts[0];
  return {};
}

Result<void> store_constraints(Draft& draft, const Given& given) {
  for (const auto& name : given.texts) {
    if (normalize_host(name) != name || IpAddress::parse(name)) {
      return value_error(name, "write a domain in lower case such as googleapis.com");
    }
  }
  draft.config.ca.name_constraints = given.texts;
  return {};
}

Store lifetime(std::chrono::seconds CaOptions::*member, std::chrono::hours longest) {
  return [member, longest](Draft& draft, const Given& given) -> Result<void> {
    TRY(const auto value, parse_duration(given.texts[0]));
    if (value < std::chrono::hours(1) || value > longest) {
      return value_error(given.texts[0],
                         "write a duration from 1h to " + std::to_string(longest.count()) + "h");
    }
    draft.config.ca.*member = std::chrono::duration_cast<std::chrono::seconds>(value);
    return {};
  };
}

Result<void> store_ca_bundle(Draft& draft, const Given& given) {
  draft.config.upstream.ca_bundle = given.texts[0] == "system" ? "" : given.texts[0];
  return {};
}

Result<void> store_proxy(Draft& draft, const Given& given) {
  // everybody on the machine can read the arguments of a process.
  if (given.origin == Origin::kFlag && holds_password(given.texts[0])) {
    return Error(Reason::kConfiguration,
                 "a flag must not hold a password; write upstream.proxy in the configuration file, "
                 "or set WIF_PROXY_UPSTREAM_PROXY");
  }
  TRY(draft.config.upstream.proxy, parse_upstream_proxy(given.texts[0]));
  return {};
}

Result<void> store_connect_to(Draft& draft, const Given& given) {
  std::vector<ConnectTo> mappings;
  for (const auto& item : given.texts) {
    TRY(auto mapping, parse_connect_to(item));
    mappings.push_back(std::move(mapping));
  }
  draft.config.upstream.connect_to = std::move(mappings);
  return {};
}

Result<void> store_allow_addresses(Draft& draft, const Given& given) {
  TRY(draft.config.upstream.allow_addresses, parse_all<CidrPort>(given.texts));
  return {};
}

std::vector<Option> ca_rows() {
  using enum OptionType;
  return {
      {.key = "ca.state_dir",
       .flag = "--state-dir",
       .environment = {"WIF_PROXY_STATE_DIR", "STATE_DIRECTORY"},
       .value = "FOLDER",
       .default_text = "none: in memory only",
       .help = "keep our CA here",
       .store = store_state_dir,
       .common = true},
      {.key = "ca.export_dir",
       .flag = "--ca-export-dir",
       .environment = {"WIF_PROXY_CA_EXPORT_DIR"},
       .value = "FOLDER",
       .default_text = "first that can be written: /run/wif-proxy/ca, "
                       "$XDG_RUNTIME_DIR/wif-proxy/ca, the user's cache",
       .help = "where clients find ca.pem and bundle.pem",
       .store = store_text([](Config & c) -> auto& { return c.ca.export_dir; }),
       .common = true},
      {.key = "ca.cert",
       .flag = "--ca-cert",
       .environment = {"WIF_PROXY_CA_CERT"},
       .value = "FILE",
       .default_text = "none",
       .help = "bring a CA: its certificate",
       .store = store_text([](Config & c) -> auto& { return c.ca.cert; })},
      {.key = "ca.key",
       .flag = "--ca-key",
       .environment = {"WIF_PROXY_CA_KEY"},
       .value = "FILE",
       .default_text = "none",
       .help = "bring a CA: its key",
       .store = store_text([](Config & c) -> auto& { return c.ca.key; })},
      {.key = "ca.name_constraints",
       .flag = "--ca-constraint",
       .type = kList,
       .value = "DOMAIN",
       .default_text = "suffixes of the inject rules",
       .help = "domain that our CA may speak for",
       .store = store_constraints},
      {.key = "ca.allow_unconstrained",
       .flag = "--allow-unconstrained-ca",
       .type = kBoolean,
       .default_text = "false",
       .help = "accept a CA brought along that may speak for every name",
       .store = store_boolean([](Config & c) -> auto& { return c.ca.allow_unconstrained; })},
      {.key = "ca.lifetime",
       .flag = "--ca-lifetime",
       .type = kDuration,
       .value = "TIME",
       .default_text = "2160h in memory, 8760h in a state folder",
       .help = "life of our CA certificate",
       .store = lifetime(&CaOptions::lifetime, std::chrono::hours(825 * 24))},
      {.key = "ca.leaf_lifetime",
       .flag = "--leaf-lifetime",
       .type = kDuration,
       .value = "TIME",
       .default_text = "24h",
       .help = "life of a leaf certificate",
       .store = lifetime(&CaOptions::leaf_lifetime, std::chrono::hours(7 * 24))},
      {.key = "ca.java_truststore",
       .flag = "--java-truststore",
       .environment = {"WIF_PROXY_JAVA_TRUSTSTORE"},
       .type = kBoolean,
       .default_text = "false",
       .help = "write truststore.jks for Java beside bundle.pem",
       .store = store_boolean([](Config & c) -> auto& { return c.ca.java_truststore; })},
  };
}

std::vector<Option> upstream_rows() {
  using enum OptionType;
  return {
      {.key = "upstream.ca_bundle",
       .flag = "--upstream-ca",
       .environment = {"WIF_PROXY_UPSTREAM_CA"},
       .value = "FILE",
       .default_text = "system",
       .help = "roots that upstreams are verified against",
       .store = store_ca_bundle},
      {.key = "upstream.proxy",
       .flag = "--upstream-proxy",
       .environment = {"WIF_PROXY_UPSTREAM_PROXY"},
       .value = "URL",
       .default_text = "none",
       .help =
           "HTTP proxy on the way out, http://HOST:PORT; a user and password before HOST@ only in "
           "the file or the variable",
       .store = store_proxy},
      {.key = "upstream.connect_to",
       .flag = "--connect-to",
       .environment = {"WIF_PROXY_CONNECT_TO"},
       .type = kList,
       .value = "HOST:PORT:HOST:PORT",
       .default_text = "none",
       .help = "dial the second in place of the first, as curl does; the name verified stays",
       .store = store_connect_to},
      {.key = "upstream.private_addresses",
       .flag = "--private-addresses",
       .environment = {"WIF_PROXY_PRIVATE_ADDRESSES"},
       .type = kChoice,
       .value = "WHEN",
       .default_text = "auto",
       .help = "auto, allow or deny upstreams in private networks",
       .store = store_choice<PrivateAddresses>(
           [](Config & c) -> auto& { return c.upstream.private_addresses; },
           {{"auto", PrivateAddresses::kAuto},
            {"allow", PrivateAddresses::kAllow},
            {"deny", PrivateAddresses::kDeny}})},
      {.key = "upstream.allow_addresses",
       .flag = "--allow-address",
       .environment = {"WIF_PROXY_ALLOW_ADDRESSES"},
       .type = kList,
       .value = "CIDR:PORT",
       .default_text = "none",
       .help = "upstream address that may be dialled although it is not public",
       .store = store_allow_addresses},
  };
}

}  // namespace

std::vector<Option> ca_options() {
  auto rows = ca_rows();
  for (auto& row : upstream_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace wif::config
