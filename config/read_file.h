// Reads small files whole. Thread-safe.
#pragma once

#include <string>

#include "base/result.h"

namespace wif::config {

struct FileContent {
  std::string text;
  std::string warning;  // one line when others than root and we can change the file, else empty
};

// The error says "cannot read PATH: why", also when the file is larger than `limit` bytes.
Result<FileContent> read_file(const std::string& path, std::size_t limit);

// False only when there is surely no such file.
bool file_exists(const std::string& path);

}  // namespace wif::config
