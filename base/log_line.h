// How an event and its fields are written as one line, without the time in front. Used by log.cc
// alone; not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/log.h"

namespace wif::log {

// A line while it is put together. It has room for the longest that there is: what does not fit
// would be left out.
class Line {
 public:
  // "info  request status=200 took=12ms"
  void write_text(Level level, std::string_view event, Fields fields);
  // "level":"info","event":"request","status":200,"took_ms":12}
  void write_json(Level level, std::string_view event, Fields fields);
  std::string_view text() const { return {text_, size_}; }

 private:
  void add(char c) {
    if (size_ < sizeof text_) text_[size_++] = c;
  }
  // Most of them are literals: their size is known where it is not made smaller.
  void add(std::string_view more) {
    if (more.size() > sizeof text_ - size_) return;
    more.copy(text_ + size_, more.size());
    size_ += more.size();
  }
  void add(std::int64_t number);
  void add_escaped(std::string_view value);
  void add_value(std::string_view value, bool json);
  void add_value(const Field& field, bool json);

  char text_[32u << 10];
  std::size_t size_ = 0;
};

}  // namespace wif::log
