// An ordered list of header fields (RFC 9110 section 5). Names are lower case. Fields are views:
// into the buffer that holds the received head, into static text, or into storage of this list, so
// that parsing and forwarding a head copies nothing. Not thread-safe.
#pragma once

#include <cstddef>
#include <forward_list>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wif::http {

struct HeaderField {
  std::string_view name;  // lower case
  std::string_view value;
  bool sensitive = false;  // never to be indexed by HPACK, never logged
};

class Headers {
 public:
  // The caller keeps the bytes alive.
  void add_view(std::string_view name, std::string_view value, bool sensitive = false) {
    fields_.push_back({name, value, sensitive});
  }
  // Copies the value; the name must be static text.
  void add(std::string_view name, std::string value) {
    fields_.push_back({name, owned_.emplace_front(std::move(value)), false});
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

  const std::vector<HeaderField>& fields() const { return fields_; }
  void reserve(std::size_t fields) { fields_.reserve(fields); }
  bool empty() const { return fields_.empty(); }
  // Keeps the capacity, so that a connection's next head does not allocate.
  void clear() {
    fields_.clear();
    owned_.clear();
  }

 private:
  std::vector<HeaderField> fields_;
  std::forward_list<std::string> owned_;  // a list, because views into it must stay valid
};

// Calls `visit` for each member of a comma-separated list in all fields of that name (RFC 9110
// section 5.6.1), trimmed, empty ones left out.
void for_each_member(const Headers& headers, std::string_view name,
                     const std::function<void(std::string_view)>& visit);

// Whether such a list has that member, without regard to case.
bool has_member(const Headers& headers, std::string_view name, std::string_view member);

}  // namespace wif::http
