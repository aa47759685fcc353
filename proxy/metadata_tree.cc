#include "proxy/metadata_tree.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"

namespace wif::proxy {
namespace {

using Kind = MetadataNode::Kind;

// What clients are told a token lives. Constant: the placeholder carries no right and does not end;
// small values make clients ask again all the time, 0 stops Go.
constexpr std::string_view kExpiresIn = "3599";

MetadataNode leaf(std::string name, Kind kind, std::string text) {
  MetadataNode node;
  node.name = std::move(name);
  node.kind = kind;
  node.text = std::move(text);
  return node;
}

MetadataNode directory(std::string name, std::vector<MetadataNode> children) {
  MetadataNode node;
  node.name = std::move(name);
  node.children = std::move(children);
  return node;
}

MetadataNode list(std::string name, std::vector<std::string> values, std::string text) {
  MetadataNode node = leaf(std::move(name), Kind::kList, std::move(text));
  node.list = std::move(values);
  return node;
}

MetadataNode hidden(MetadataNode node) {
  node.in_recursion = false;
  return node;
}

// What is not known is not there: clients ask on, or do without.
void add_known(std::vector<MetadataNode>& children, MetadataNode node) {
  if (!node.text.empty()) children.push_back(std::move(node));
}

MetadataNode token(const MetadataView& view) {
  MetadataNode node =
      directory("token", {leaf("access_token", Kind::kText, view.placeholder),
                          leaf("expires_in", Kind::kNumber, std::string(kExpiresIn)),
                          leaf("token_type", Kind::kText, "Bearer")});
  node.kind = Kind::kObject;
  return hidden(std::move(node));
}

MetadataNode account(std::string name, const MetadataView& view) {
  std::string scopes;
  for (const std::string& scope : view.scopes) scopes.append(scope).append("\n");
  return directory(std::move(name),
                   {list("aliases", {"default"}, "default"), leaf("email", Kind::kText, view.email),
                    hidden(leaf("identity", Kind::kIdentity, "")),
                    list("scopes", view.scopes, std::move(scopes)), token(view)});
}

MetadataNode instance(const MetadataView& view) {
  std::vector<MetadataNode> children;
  add_known(children, leaf("hostname", Kind::kText, view.host_name));
  add_known(children, leaf("id", Kind::kNumber, view.id));
  add_known(children, leaf("name", Kind::kText, view.host_name));
  children.push_back(
      directory("service-accounts", {account("default", view), account(view.email, view)}));
  add_known(children, leaf("zone", Kind::kText, view.zone));
  return directory("instance", std::move(children));
}

MetadataNode project(const MetadataView& view) {
  std::vector<MetadataNode> children;
  add_known(children, leaf("numeric-project-id", Kind::kNumber, view.numeric_project_id));
  add_known(children, leaf("project-id", Kind::kText, view.project_id));
  return directory("project", std::move(children));
}

MetadataNode universe(const MetadataView& view) {
  return directory("universe",
                   {leaf("universe-domain", Kind::kText, view.universe_domain),
                    hidden(leaf("universe_domain", Kind::kText, view.universe_domain))});
}

// "service-accounts" is serviceAccounts in JSON; e-mail addresses stay.
std::string json_key(const std::string& name) {
  if (name.find('@') != std::string::npos) return name;
  std::string key;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '-' || i + 1 == name.size()) {
      key += name[i];
      continue;
    }
    const char next = name[++i];
    key += next >= 'a' && next <= 'z' ? static_cast<char>(next - 32) : next;
  }
  return key;
}

nlohmann::json value_of(const MetadataNode& node) {
  switch (node.kind) {
    case Kind::kNumber: {
      const auto number = parse_decimal<std::uint64_t>(node.text);
      return number ? nlohmann::json(*number) : nlohmann::json(node.text);
    }
    case Kind::kList: return node.list;
    case Kind::kDirectory:
    case Kind::kObject: {
      nlohmann::json object = nlohmann::json::object();
      for (const MetadataNode& child : node.children) {
        if (child.in_recursion) object[json_key(child.name)] = value_of(child);
      }
      return object;
    }
    case Kind::kText:
    case Kind::kIdentity: break;
  }
  return node.text;
}

std::string entry(const MetadataNode& node) {
  return node.kind == Kind::kDirectory ? node.name + "/" : node.name;
}

void append_values(std::string& out, const std::string& prefix, const MetadataNode& node) {
  for (const MetadataNode& child : node.children) {
    if (!child.in_recursion) continue;
    if (child.has_children()) {
      append_values(out, prefix + child.name + "/", child);
    } else {
      out.append(prefix).append(child.name).append(" ").append(trim(child.text)).append("\n");
    }
  }
}

}  // namespace

MetadataNode make_metadata_tree(const MetadataView& view) {
  MetadataNode v1 = directory("v1", {instance(view), project(view), universe(view)});
  return directory("", {directory("computeMetadata", {std::move(v1)})});
}

const MetadataNode* find_metadata(const MetadataNode& root, std::span<const std::string> path) {
  const MetadataNode* node = &root;
  for (const std::string& name : path) {
    if (node->kind != Kind::kDirectory) return nullptr;
    const auto child =
        std::find_if(node->children.begin(), node->children.end(),
                     [&name](const MetadataNode& each) { return each.name == name; });
    if (child == node->children.end()) return nullptr;
    node = &*child;
  }
  return node;
}

std::string metadata_text(const MetadataNode& node, bool recursive) {
  if (!node.has_children()) return node.text;
  std::string text;
  if (recursive || node.kind == Kind::kObject) {
    append_values(text, "", node);
  } else {
    for (const MetadataNode& child : node.children) text.append(entry(child)).append("\n");
  }
  return text;
}

std::string metadata_json(const MetadataNode& node, bool recursive) {
  nlohmann::json json;
  if (node.kind == Kind::kDirectory && !recursive) {
    json = nlohmann::json::array();
    for (const MetadataNode& child : node.children) json.push_back(entry(child));
  } else {
    json = value_of(node);
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace wif::proxy
