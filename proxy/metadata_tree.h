// The tree of the metadata server and its three forms: a value, a listing, JSON. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/metadata.h"

namespace wif::proxy {

struct MetadataNode {
  enum class Kind {
    kDirectory,
    kText,
    kNumber,    // digits; a number in JSON
    kList,      // an array in JSON; `text` is its other form
    kObject,    // a value of several members: JSON unless text is asked for
    kIdentity,  // an ID token: there is none
  };

  std::string name;
  Kind kind = Kind::kDirectory;
  std::string text{};
  std::vector<std::string> list{};
  std::vector<MetadataNode> children{};  // of kDirectory and kObject
  bool in_recursion = true;              // shown by ?recursive=true on a directory above

  bool has_children() const { return kind == Kind::kDirectory || kind == Kind::kObject; }
};

// From "/" on.
MetadataNode make_metadata_tree(const MetadataView& view);

// By the decoded parts of a path; nullptr where there is none.
const MetadataNode* find_metadata(const MetadataNode& root, std::span<const std::string> path);

// Of a directory: its entries, one per line, or with `recursive` all values below as "path value".
std::string metadata_text(const MetadataNode& node, bool recursive);

// Of a directory without `recursive`: an array of its entries.
std::string metadata_json(const MetadataNode& node, bool recursive);

// The same number for the same text in every process (FNV-1a); not for anything secret.
constexpr std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

}  // namespace wif::proxy
