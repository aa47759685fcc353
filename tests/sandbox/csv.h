// Cuts a file into records: fields of CSV, or lines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sandbox/blob.h"

namespace sandbox {

// Reads the blob byte by byte through a buffer, so that a large file needs little memory.
class RecordReader {
 public:
  explicit RecordReader(const Blob& content) : content_(content), buffer_(64u << 10) {}

  // The next line without its end; false at the end of the file.
  bool line(std::string& out);

  struct Field {
    std::string text;
    bool quoted = false;
  };
  // The next CSV record; empty lines are passed over. A quoted field may hold line ends.
  // Throws LoadError when a quote is not closed.
  bool record(char delimiter, char quote, std::vector<Field>& out);

 private:
  Field field(char delimiter, char quote);
  int get();
  int peek();

  const Blob& content_;
  std::vector<char> buffer_;
  std::uint64_t offset_ = 0;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace sandbox
