// What the operator wrote, checked and with defaults filled in. Plain data, immutable once
// load() returned it, and then shared by all threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "config/address.h"
#include "config/host_pattern.h"
#include "config/limits.h"

namespace wif::config {

// A Google `external_account` credential file (AIP-4117), every field checked by
// parse_external_account().
struct ExternalAccount {
  enum class SourceKind { kAws, kFile, kUrl };
  struct Format {
    bool json = false;
    std::string subject_token_field_name;  // only with json
  };

  std::string audience;
  std::string subject_token_type;
  std::string token_url;
  std::string impersonation_url;      // empty = direct access
  std::string service_account_email;  // from impersonation_url, percent-decoded
  std::chrono::seconds token_lifetime{3600};
  std::string quota_project_id;
  std::string workforce_pool_user_project;
  std::string universe_domain = "googleapis.com";
  std::string client_id;
  Secret client_secret;

  SourceKind source = SourceKind::kAws;
  // kAws
  std::string regional_cred_verification_url;
  std::string region_url;
  std::string security_credentials_url;  // credential_source.url
  std::string imdsv2_session_token_url;
  // kFile
  std::string file;
  // kUrl
  std::string url;
  std::vector<std::pair<std::string, std::string>> url_headers;
  // kFile and kUrl
  Format format;
};

enum class AwsSource { kAuto, kEnv, kWebIdentity, kContainer, kFiles, kImds };

struct ImdsOptions {
  std::string endpoint;  // "http://host[:port]"; empty = default
  bool v1 = true;
  bool v2 = true;
};

// One source of tokens. Either `account` or `token_file` is set.
struct Identity {
  std::string name;
  std::optional<ExternalAccount> account;
  std::string token_file;
  AwsSource aws_source = AwsSource::kAuto;
  std::string aws_region;
  std::string service_account;  // e-mail; overrides the file's
  std::vector<std::string> delegates;
  std::vector<std::string> scopes{"https://www.googleapis.com/auth/cloud-platform"};
  std::string sts_scope;  // empty = by rule of docs/how-it-works.md
  std::chrono::seconds token_lifetime{3600};
  std::string quota_project;
  std::string project_id;
};

enum class Action { kInject, kTunnel, kDeny };

// As rules, log and metrics call it.
constexpr std::string_view name_of(Action action) {
  switch (action) {
    case Action::kInject: return "inject";
    case Action::kTunnel: return "tunnel";
    case Action::kDeny: return "deny";
  }
  return "deny";
}

struct Rule {
  std::vector<HostPattern> hosts;
  Action action = Action::kDeny;
  std::vector<std::uint16_t> ports;  // empty = any; inject and tunnel default to 443
  std::vector<std::string> methods;  // empty = any
  std::vector<std::string> paths;    // prefixes ending in "*", or exact; empty = any
  std::vector<Cidr> clients;         // empty = any
  std::string identity = "default";
  std::string user_project = "keep";  // keep, remove, or the project to set
  bool pass_query_tokens = false;
  bool pass_signed_urls = false;
  bool upgrade_http = true;
  bool report_only = false;
};

struct Listeners {
  std::vector<Endpoint> proxy;
  std::optional<Endpoint> sni;  // TLS without CONNECT, by its server name
  std::optional<Endpoint> metadata;
  std::vector<std::string> metadata_names;
  std::optional<Endpoint> admin;
  bool allow_non_loopback = false;
  bool unsafe = false;
};

struct CaOptions {
  std::string state_dir;
  std::string export_dir;  // empty = first of the defaults that can be written
  std::string cert;
  std::string key;
  std::vector<std::string> name_constraints;  // empty = suffixes of the inject rules
  bool allow_unconstrained = false;
  bool java_truststore = false;
  std::chrono::seconds lifetime{0};  // 0 = 90 days in memory, 365 days in a state folder
  std::chrono::seconds leaf_lifetime{24 * 3600};
};

enum class PrivateAddresses { kAuto, kAllow, kDeny };

// Dial elsewhere; the name that is verified stays HOST (curl's --connect-to).
struct ConnectTo {
  std::string host;        // empty = any
  std::uint16_t port = 0;  // 0 = any
  std::string to_host;
  std::uint16_t to_port = 0;
};

// An HTTP proxy in front of us.
struct UpstreamProxy {
  std::string host;  // normalised
  std::uint16_t port = 0;
  Secret authorization;  // value of Proxy-Authorization, or empty

  // "HOST:PORT", which may be shown.
  std::string to_string() const;
};

struct UpstreamOptions {
  std::string ca_bundle;  // empty = system
  std::optional<UpstreamProxy> proxy;
  std::vector<ConnectTo> connect_to;
  PrivateAddresses private_addresses = PrivateAddresses::kAuto;
  std::vector<CidrPort> allow_addresses;
};

struct LogOptions {
  enum class Level { kTrace, kDebug, kInfo, kWarn, kError };
  enum class Format { kAuto, kText, kJson };
  Level level = Level::kInfo;
  Format format = Format::kAuto;
  bool access = true;
  bool path = false;
};

struct Config {
  std::string file;  // path of the configuration file, empty without one; for messages
  unsigned threads = 1;
  Listeners listen;
  std::map<std::string, Identity> identities;
  ImdsOptions imds;
  std::vector<Rule> rules;  // as given, or the defaults of
  bool rules_given = false;
  Action default_action = Action::kDeny;  // host that no rule matches
  std::vector<Cidr> allow_cidrs;          // clients; default loopback
  bool allow_cidrs_given = false;
  CaOptions ca;
  UpstreamOptions upstream;
  Limits limits;
  Drain drain;
  bool ready_requires_token = true;
  bool require_token = false;
  bool admin_quit = false;
  bool diagnostic_header = true;
  bool allow_core_dumps = false;
  LogOptions log;
  std::vector<std::string> warnings;  // found while loading; the caller logs them
};

// Every address that is listened on: proxy, sni, metadata and admin.
std::vector<Endpoint> all_listeners(const Listeners& listeners);

// Whether every listener is on a loopback address.
bool all_on_loopback(const Listeners& listeners);

// Whether `name` is `suffix` or below it, on whole labels.
bool is_within(std::string_view name, std::string_view suffix);

// The DNS suffixes that our CA is constrained to: ca.name_constraints, else those of the
// inject rules, none of which lies inside another.
std::vector<std::string> ca_suffixes(const Config& config);

}  // namespace wif::config
