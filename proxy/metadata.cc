#include "proxy/metadata.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"
#include "http/target.h"
#include "proxy/metadata_tree.h"
#include "proxy/query.h"

namespace wif::proxy {
namespace {

constexpr std::string_view kText = "application/text";
constexpr std::chrono::seconds kMaxWait{60};

SmallResponse reply(int status, std::string_view type, std::string body) {
  SmallResponse response(status, std::string(type), std::move(body));
  response.headers = metadata_headers();
  return response;
}

SmallResponse refuse(int status, std::string_view why) {
  return reply(status, kText, std::string(why) + "\n");
}

// The parts between slashes, decoded; one slash at the end does not count. nullopt: malformed.
std::optional<std::vector<std::string>> parts_of(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string> parts;
  if (path.empty()) return parts;
  for (const std::string_view part : split(path, '/')) {
    auto decoded = percent_decode(part);
    if (!decoded) return std::nullopt;
    parts.push_back(*std::move(decoded));
  }
  return parts;
}

// Whether Host names us, so that a web page cannot reach us through a name of its own (DNS
// rebinding).
bool is_our_host(const SmallRequest& request, const MetadataView& view) {
  const auto authority = http::parse_authority(request.host);
  if (!authority) return false;
  std::string host = to_lower(authority->host);
  if (host.ends_with('.')) host.pop_back();
  if (host == "metadata.google.internal" || host == "metadata" || host == "169.254.169.254") {
    return true;
  }
  if (std::find(view.own_hosts.begin(), view.own_hosts.end(), host) != view.own_hosts.end()) {
    return true;
  }
  const auto address = config::IpAddress::parse(host);
  return address && *address == request.local && *address != config::IpAddress{};
}

bool has_flavor(const http::Headers& headers) {
  return headers.find("metadata-flavor") == "Google" ||
         headers.find("x-google-metadata-request") == "True";
}

bool may_ask(const config::IpAddress& peer, const MetadataView& view) {
  if (view.clients.empty()) return peer.is_loopback();
  return std::any_of(view.clients.begin(), view.clients.end(),
                     [&peer](const config::Cidr& each) { return each.contains(peer); });
}

// The checks, in the order of the contract; nullopt = passed.
std::optional<SmallResponse> check(const SmallRequest& request, bool in_tree,
                                   const MetadataView& view) {
  if (request.method != "GET" && request.method != "HEAD") {
    SmallResponse response = refuse(405, "only GET and HEAD are served");
    response.headers.emplace_back("allow", "GET, HEAD");
    return response;
  }
  if (request.headers.find("x-forwarded-for") || request.headers.find("forwarded")) {
    return refuse(403, "forwarded requests are refused");
  }
  if (!is_our_host(request, view)) {
    return refuse(403, "Host is not this server; see listen.metadata_names");
  }
  if (in_tree && !has_flavor(request.headers)) {
    return refuse(403, "Missing required header: Metadata-Flavor: Google");
  }
  if (!may_ask(request.peer, view)) {
    return refuse(403, "this client is not in clients.allow_cidrs");
  }
  return std::nullopt;
}

std::string etag_of(std::string_view body) {
  std::array<char, 16> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), stable_hash(body), 16).ptr;
  return std::string(digits.data(), end);
}

// How long a client wants to wait for a change, which there never is.
std::chrono::seconds wait_of(const SmallRequest& request, std::string_view etag) {
  if (query_value(request.query, "wait_for_change") != "true") return {};
  if (query_value(request.query, "last_etag") != etag) return {};
  const auto wanted = parse_decimal<std::uint32_t>(query_value(request.query, "timeout_sec"));
  return wanted ? std::min(std::chrono::seconds(*wanted), kMaxWait) : kMaxWait;
}

SmallResponse show(const MetadataNode& node, const SmallRequest& request) {
  const std::string_view alt = query_value(request.query, "alt");
  const bool recursive = query_value(request.query, "recursive") == "true";
  const bool json_by_itself =
      (recursive && node.has_children()) || node.kind == MetadataNode::Kind::kObject;
  const bool json = alt == "json" || (json_by_itself && alt != "text");
  SmallResponse response = json ? reply(200, "application/json", metadata_json(node, recursive))
                                : reply(200, kText, metadata_text(node, recursive));
  std::string etag = etag_of(response.body);
  response.delay = wait_of(request, etag);
  response.headers.emplace_back("etag", std::move(etag));
  return response;
}

}  // namespace

SmallResponse answer_metadata(const SmallRequest& request, const MetadataView& view) {
  const auto parts = parts_of(request.path);
  const bool in_tree = parts && !parts->empty() && parts->front() == "computeMetadata";
  if (auto refusal = check(request, in_tree, view)) return *std::move(refusal);
  if (!parts) return refuse(404, "not found");
  // The tree of AWS: whoever asks for it here would find credentials elsewhere.
  if (!parts->empty() && parts->front() == "latest") {
    return refuse(403, "this is not the AWS metadata service");
  }
  const MetadataNode root = make_metadata_tree(view);
  const MetadataNode* node = find_metadata(root, *parts);
  if (node == nullptr) return refuse(404, "not found");
  if (node->kind == MetadataNode::Kind::kIdentity) {
    const bool has_audience = !query_value(request.query, "audience").empty();
    return has_audience ? refuse(404, "wif-proxy hands out no ID tokens")
                        : refuse(400, "non-empty audience parameter required");
  }
  return show(*node, request);
}

std::string_view metadata_endpoint(std::string_view path) {
  constexpr auto kEndpoints = std::to_array<std::string_view>(
      {"token", "email", "scopes", "aliases", "identity", "project-id", "numeric-project-id",
       "universe-domain", "universe_domain", "service-accounts", "instance", "zone", "id", "name",
       "hostname", "default"});
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return "root";
  const std::string_view last = path.substr(path.rfind('/') + 1);
  const auto found = std::find(kEndpoints.begin(), kEndpoints.end(), last);
  return found == kEndpoints.end() ? "other" : *found;
}

std::vector<std::pair<std::string_view, std::string>> metadata_headers() {
  return {{"metadata-flavor", "Google"}, {"server", "Metadata Server for VM"}};
}

}  // namespace wif::proxy
