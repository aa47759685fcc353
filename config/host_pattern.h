// Host names as rules see them: normalised names and patterns over whole labels.
// Pure and thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wif::config {

// The name in lower case without one trailing dot, or nullopt when it is not a host name by
// non-ASCII, percent signs, empty labels, over 253 octets, a numeric last label that is
// not part of a canonical dotted quad. IPv6 literals come without brackets and must be canonical.
std::optional<std::string> normalize_host(std::string_view host);

// "bigquery.googleapis.com" (exact), "*.googleapis.com" (any depth below, not the suffix itself)
// or "*" (every host).
class HostPattern {
 public:
  // An error says what a pattern may look like.
  static Result<HostPattern> parse(std::string_view text);

  // `host` must be normalised. No allocation.
  bool matches(std::string_view host) const;
  bool is_exact() const { return kind_ == Kind::kExact; }
  bool is_any() const { return kind_ == Kind::kAny; }
  // The DNS suffix that covers every match, "googleapis.com"; empty for "*".
  std::string_view suffix() const { return name_; }
  const std::string& text() const { return text_; }

 private:
  enum class Kind { kExact, kSuffix, kAny };
  Kind kind_ = Kind::kAny;
  std::string name_;
  std::string text_;
};

}  // namespace wif::config
