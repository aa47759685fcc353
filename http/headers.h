// An ordered list of header fields (RFC 9110 section 5). Names are lower case. Fields are views:
// into the buffer that holds the received head, into static text, or into storage of this list, so
// that parsing and forwarding a head copies nothing. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/frame_pool.h"
#include "base/text.h"

namespace wif::http {

// Whether HPACK may keep a field in its table (RFC 7541 7.1). Not a secret, and not a value that
// does not come again: it would push out others, and each of its kind is looked at for the next.
enum class Indexing { kAllowed, kNever };

struct HeaderField {
  std::string_view name;  // lower case
  std::string_view value;
  Indexing indexing = Indexing::kAllowed;
};

class Headers {
 public:
  // The caller keeps the bytes alive.
  void add_view(std::string_view name, std::string_view value,
                Indexing indexing = Indexing::kAllowed) {
    fields_.push_back({name, value, indexing});
  }
  // Copies the value; the name must be static text.
  void add(std::string_view name, std::string value, Indexing indexing = Indexing::kAllowed) {
    fields_.push_back({name, owned_.emplace_front(std::move(value)), indexing});
  }

  // Value of the first field of that name, nullopt where there is none.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  // Returns how many fields were removed.
  std::size_t remove(std::string_view name);
  // Calls `unwanted` once for each field, in order; it may change the field's value.
  template <typename Unwanted>
  std::size_t remove_if(Unwanted unwanted) {
    std::size_t kept = 0;
    for (HeaderField& field : fields_) {
      if (!unwanted(field)) fields_[kept++] = field;
    }
    const std::size_t removed = fields_.size() - kept;
    fields_.resize(kept);
    return removed;
  }

  const RecycledVector<HeaderField>& fields() const { return fields_; }
  void reserve(std::size_t fields) { fields_.reserve(fields); }
  bool empty() const { return fields_.empty(); }
  // Keeps the capacity, so that a connection's next head does not allocate.
  void clear() {
    fields_.clear();
    owned_.clear();
  }

 private:
  RecycledVector<HeaderField> fields_;
  std::forward_list<std::string, RecycledAllocator<std::string>>
      owned_;  // a list, because views into it must stay valid
};

// Calls `visit` with each member of a comma-separated list (RFC 9110 section 5.6.1), trimmed, empty
// ones left out.
template <typename Visit>
void for_each_member(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::string_view member = list.substr(0, list.find(','));
    list.remove_prefix(std::min(member.size() + 1, list.size()));
    const std::string_view trimmed = trim(member);
    if (!trimmed.empty()) visit(trimmed);
  }
}

// The same for the lists in all fields of that name.
template <typename Visit>
void for_each_member(const Headers& headers, std::string_view name, Visit visit) {
  for (const HeaderField& field : headers.fields()) {
    if (field.name == name) for_each_member(field.value, visit);
  }
}

// Whether such a list has that member, without regard to case.
bool has_member(const Headers& headers, std::string_view name, std::string_view member);

}  // namespace wif::http
