// The Google Compute Engine metadata server as far as Google's client libraries look at it
// (clients.md 3). It hands out a placeholder that carries no right: the proxy replaces it by the
// real token on the way (R-4.6.5). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/address.h"
#include "config/config.h"
#include "proxy/small_server.h"

namespace wif::proxy {

// What there is to tell. Made once; immutable.
struct MetadataView {
  std::string project_id;          // "" = 404
  std::string numeric_project_id;  // digits
  std::string email;               // contains "@"
  std::string placeholder;
  std::vector<std::string> scopes;
  std::string universe_domain = "googleapis.com";
  std::string zone;       // "projects/NUMBER/zones/REGION-a"; "" = 404
  std::string host_name;  // instance/name and instance/hostname; "" = 404
  std::string id = "1";   // instance/id: a stable number
  // Names and addresses, in lower case and without port, that Host may have beside those of
  // Google's own server and the address that was connected to.
  std::vector<std::string> own_hosts;
  std::vector<config::Cidr> clients;  // who may ask; empty = loopback only
};

// What follows from the configuration: project and e-mail of the default identity, its scopes,
// listener address and names, allowed clients. `host_name` is this machine's.
MetadataView make_metadata_view(const config::Config& config, std::string placeholder,
                                std::string host_name);

// "wif-proxy-placeholder-" and 22 random characters, once per process.
std::string make_placeholder();

// Always an answer, with `metadata-flavor` and `server`; the checks are those of clients.md 3 in
// its order. `delay` is set for wait_for_change.
SmallResponse answer_metadata(const SmallRequest& request, const MetadataView& view);

// Label `endpoint` of wif_proxy_metadata_requests_total: of a closed list, static text.
std::string_view metadata_endpoint(std::string_view path);

// For SmallOptions::refusal_headers of the metadata listener.
std::vector<std::pair<std::string_view, std::string>> metadata_headers();

}  // namespace wif::proxy
