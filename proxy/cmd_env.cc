// `wif-proxy env`: the variables that lead clients to a proxy, for a shell or a platform.
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "config/load.h"
#include "http/target.h"
#include "proxy/client_variables.h"
#include "proxy/command_line.h"
#include "proxy/commands.h"
#include "proxy/metadata.h"
#include "proxy/probe.h"
#include "proxy/variable_format.h"
#include "tls/trust_bundle.h"

namespace wif::proxy {
namespace {

using config::LoadError;

constexpr std::chrono::milliseconds kProbeLimit{1'000};

constexpr std::array<config::CommandFlag, 7> kFlags{{
    {"--format", "FORMAT", "sh, fish, powershell, docker, systemd, ecs, k8s or json [sh]"},
    {"--java", "", "JAVA_TOOL_OPTIONS as well; the proxy needs --java-truststore"},
    {"--unset", "", "take the variables back (sh, fish, powershell)"},
    {"--proxy", "URL", "the proxy's address as clients see it: http://HOST:PORT"},
    {"--metadata", "HOST:PORT", "likewise of the metadata emulation, or off"},
    {"--ca-dir", "FOLDER", "where clients find ca.pem and bundle.pem"},
    {"--url", "URL", "ask this admin port instead of the configured one"},
}};

// A listener on all addresses is reached on loopback from here.
std::string reachable(const config::Endpoint& endpoint) {
  std::string text = endpoint.to_string();
  if (text.starts_with("0.0.0.0:")) return "127.0.0.1" + text.substr(7);
  if (text.starts_with("[::]:")) return "[::1]" + text.substr(4);
  return text;
}

std::string reachable(const std::string& endpoint) {
  const auto parsed = config::Endpoint::parse(endpoint);
  return parsed ? reachable(*parsed) : endpoint;
}

// Where a proxy with this configuration would export its CA, or has already.
std::string export_folder(const config::Config& config) {
  if (!config.ca.export_dir.empty()) return config.ca.export_dir;
  const auto folders = tls::default_export_folders();
  for (const tls::ExportFolder& folder : folders) {
    struct stat status {};
    if (::stat((folder.path + "/bundle.pem").c_str(), &status) == 0) return folder.path;
  }
  return folders.front().path;
}

ClientSettings from_configuration(const config::Config& config) {
  ClientSettings settings;
  settings.proxy = reachable(config.listen.proxy.front());
  settings.metadata = config.listen.metadata ? reachable(*config.listen.metadata) : "";
  settings.ca_dir = export_folder(config);
  settings.project = make_metadata_view(config, "", "").project_id;
  return settings;
}

std::string text_at(const nlohmann::json& json, const char* pointer) {
  const nlohmann::json::json_pointer place(pointer);
  return json.contains(place) && json[place].is_string() ? json[place].get<std::string>() : "";
}

// nullopt: nothing there that is ours.
std::optional<ClientSettings> from_running(const ProbeTarget& target) {
  const auto answer = probe(target, kProbeLimit);
  if (!answer || answer->status != 200) return std::nullopt;
  const auto json = nlohmann::json::parse(answer->body, nullptr, false);
  ClientSettings settings;
  settings.proxy = reachable(text_at(json, "/listeners/proxy/0"));
  settings.metadata = reachable(text_at(json, "/listeners/metadata/0"));
  settings.ca_dir = text_at(json, "/ca/export_dir");
  settings.project = text_at(json, "/project_id");
  if (settings.proxy.empty() || settings.ca_dir.empty()) return std::nullopt;
  return settings;
}

Result<std::string, LoadError> host_port(std::string_view flag, std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const auto authority = http::parse_authority(rest);
  if (authority && authority->port) return std::string(rest);
  return LoadError{config::kExitUsage, "--" + std::string(flag) + ": found \"" + std::string(text) +
                                           "\"; write HOST:PORT, or http://HOST:PORT"};
}

Result<void, LoadError> apply_flags(const config::Flags& flags, ClientSettings& settings) {
  if (const auto text = flag_value(flags, "proxy"); !text.empty()) {
    TRY(settings.proxy, host_port("proxy", text));
  }
  if (const auto text = flag_value(flags, "metadata"); text == "off") {
    settings.metadata.clear();
  } else if (!text.empty()) {
    TRY(settings.metadata, host_port("metadata", text));
  }
  if (const auto text = flag_value(flags, "ca-dir"); !text.empty()) settings.ca_dir = text;
  settings.java = flags.command.contains("java");
  for (const auto& [name, address] :
       {std::pair("proxy", settings.proxy), std::pair("metadata", settings.metadata)}) {
    if (address.ends_with(":0")) {
      return LoadError{config::kExitConfiguration,
                       std::string("listen.") + name +
                           " has port 0, which the kernel chooses, and no proxy answers on its "
                           "admin port; start it, or write --" +
                           name + " HOST:PORT"};
    }
  }
  return {};
}

// What a running proxy says of itself, else what its configuration says it will be.
Result<ClientSettings, LoadError> find_settings(const config::Flags& flags) {
  const auto config = load_without_credentials(flags);
  const std::string_view url = flag_value(flags, "url");
  auto target = !url.empty() ? parse_probe_url(url, "/status")
                : config     ? admin_target(*config, "/status")
                             : Result<ProbeTarget>(Error(Reason::kConfiguration, ""));
  if (!url.empty() && !target) return LoadError{config::kExitUsage, target.error().what};
  std::optional<ClientSettings> settings;
  if (target) settings = from_running(*target);
  if (!settings && !url.empty()) {
    return LoadError{kExitFailed, "no wif-proxy answers at " + std::string(url)};
  }
  if (!settings && !config) return config.error();
  if (!settings) settings = from_configuration(*config);
  TRY_VOID(apply_flags(flags, *settings));
  return *settings;
}

int fail(const LoadError& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return error.exit_code;
}

}  // namespace

int cmd_env(const std::vector<std::string>& arguments) {
  const auto flags = read_command_line("env", arguments, kFlags);
  if (!flags) return flags.error();
  const std::string_view name = flag_value(*flags, "format");
  const auto format = parse_variable_format(name.empty() ? "sh" : name);
  if (!format) {
    return fail({config::kExitUsage, "--format: found \"" + std::string(name) +
                                         "\"; write one of " + variable_format_names()});
  }
  const bool unset = flags->command.contains("unset");
  if (unset && !is_shell(*format)) {
    return fail({config::kExitUsage, "--unset is for the formats sh, fish and powershell"});
  }
  const auto settings = find_settings(*flags);
  if (!settings) return fail(settings.error());
  // Only a shell's variables are here to be kept.
  const auto present = is_shell(*format) ? config::process_environment() : config::Environment();
  const auto variables = client_variables(*settings, present);
  const std::string text =
      unset ? unset_variables(variables, *format) : write_variables(variables, *format);
  std::fputs(text.c_str(), stdout);
  if (unset || flags->quiet) return 0;
  for (const std::string& line : warnings_about(present)) {
    std::fprintf(stderr, "wif-proxy: %s\n", line.c_str());
  }
  return 0;
}

}  // namespace wif::proxy
