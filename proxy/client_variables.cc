#include "proxy/client_variables.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "proxy/credential_variables.h"

namespace wif::proxy {
namespace {

using config::Environment;
using config::variable;

// Loopback, the metadata services of AWS (IMDS, ECS, EKS Pod Identity), our own, and names inside
// AWS and a cluster. No CIDR, because Node and Java do not know it.
constexpr std::string_view kNoProxy =
    "127.0.0.1,localhost,::1,169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,"
    "fd00:ec2::23,metadata.google.internal,.amazonaws.com,.internal,.svc,.cluster.local";

constexpr std::string_view kJavaNoProxy =
    "localhost|127.*|[::1]|169.254.*|*.amazonaws.com|*.internal";

std::string host_of(std::string_view host_port) {
  std::string host(host_port.substr(0, host_port.rfind(':')));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

std::vector<std::string> items_of(std::string_view list) {
  std::vector<std::string> items;
  for (const std::string_view part : split(list, ',')) {
    if (const auto item = trim(part); !item.empty()) items.emplace_back(item);
  }
  return items;
}

// The items of all lists in their order, each one once.
std::string joined(std::initializer_list<std::string_view> lists) {
  std::vector<std::string> all;
  for (const std::string_view list : lists) {
    for (std::string& item : items_of(list)) {
      if (std::find(all.begin(), all.end(), item) == all.end()) all.push_back(std::move(item));
    }
  }
  std::string text;
  for (const std::string& item : all) text += (text.empty() ? "" : ",") + item;
  return text;
}

// A JVM reads no proxy variable and no PEM.
std::string java_options(const ClientSettings& settings, std::string_view present) {
  const std::string port = settings.proxy.substr(settings.proxy.rfind(':') + 1);
  const std::string ours = "-Dhttps.proxyHost=" + host_of(settings.proxy) +
                           " -Dhttps.proxyPort=" + port +
                           " -Dhttp.nonProxyHosts=" + std::string(kJavaNoProxy) +
                           " -Djavax.net.ssl.trustStore=" + settings.ca_dir + "/truststore.jks";
  if (present.find(ours) != std::string_view::npos) return std::string(present);
  // The last of two equal options counts, so ours stand behind.
  return present.empty() ? ours : std::string(present) + " " + ours;
}

void add_metadata(std::vector<Variable>& list, const ClientSettings& settings) {
  if (settings.metadata.empty()) {
    const std::string file = settings.ca_dir + "/" + std::string(kPlaceholderFile);
    list.push_back({"GOOGLE_APPLICATION_CREDENTIALS", file});
    list.push_back({"CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", file});
    return;
  }
  // HOST for Go, Node, Java and Python; ROOT for gcloud, bq and gsutil; IP for Python's presence
  // ping.
  for (const char* name : {"GCE_METADATA_HOST", "GCE_METADATA_ROOT", "GCE_METADATA_IP"}) {
    list.push_back({name, settings.metadata});
  }
}

void add_trust(std::vector<Variable>& list, const ClientSettings& settings) {
  // These replace the client's own store, so they name the system's roots and our CA together.
  for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE",
                           "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
                           "HTTPLIB2_CA_CERTS", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO"}) {
    list.push_back({name, settings.ca_dir + "/bundle.pem"});
  }
  // These add to it.
  for (const char* name : {"NODE_EXTRA_CA_CERTS", "DENO_CERT"}) {
    list.push_back({name, settings.ca_dir + "/ca.pem"});
  }
}

void add_project(std::vector<Variable>& list, const ClientSettings& settings,
                 const Environment& present) {
  for (const char* name : {"GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"}) {
    const std::string_view set = variable(present, name);
    const std::string project = set.empty() ? settings.project : std::string(set);
    if (!project.empty()) list.push_back({name, project});
  }
}

}  // namespace

std::vector<Variable> client_variables(const ClientSettings& settings) {
  return client_variables(settings, {});
}

std::vector<Variable> client_variables(const ClientSettings& settings, const Environment& present) {
  std::vector<Variable> list;
  // Both cases: gRPC reads lower case only, some tools upper case only. HTTP_PROXY is left alone:
  // Google's APIs are https, and with it AWS SDKs send requests for instance metadata to the proxy.
  const std::string url = "http://" + settings.proxy;
  list.push_back({"HTTPS_PROXY", url});
  list.push_back({"https_proxy", url});
  const std::string own_host = settings.metadata.empty() ? "" : host_of(settings.metadata);
  const std::string exceptions =
      joined({variable(present, "NO_PROXY"), variable(present, "no_proxy"), kNoProxy, own_host});
  list.push_back({"NO_PROXY", exceptions});
  list.push_back({"no_proxy", exceptions});
  add_metadata(list, settings);
  add_project(list, settings, present);
  add_trust(list, settings);
  list.push_back({"NODE_USE_ENV_PROXY", "1"});
  if (settings.java) {
    list.push_back(
        {"JAVA_TOOL_OPTIONS", java_options(settings, variable(present, "JAVA_TOOL_OPTIONS"))});
  }
  return list;
}

bool goes_round_proxy(std::string_view no_proxy) {
  constexpr std::string_view kApi = "bigquery.googleapis.com";
  for (const std::string& item : items_of(no_proxy)) {
    std::string_view name = item;
    if (name == "*") return true;
    if (name.starts_with("*.")) name.remove_prefix(1);
    if (name.starts_with('.')) name.remove_prefix(1);
    if (config::is_within(kApi, to_lower(name))) return true;
  }
  return false;
}

std::vector<std::string> warnings_about(const Environment& present) {
  std::vector<std::string> lines;
  for (const std::string_view name : google_credential_variables()) {
    const std::string_view value = variable(present, name);
    if (!value.empty() && !value.ends_with(kPlaceholderFile)) {
      lines.push_back(std::string(name) +
                      " is set and wins over the metadata emulation in most clients; unset it");
    }
  }
  if (goes_round_proxy(variable(present, "NO_PROXY")) ||
      goes_round_proxy(variable(present, "no_proxy"))) {
    lines.emplace_back(
        "NO_PROXY covers googleapis.com, so clients go round the proxy; take that out");
  }
  return lines;
}

}  // namespace wif::proxy
