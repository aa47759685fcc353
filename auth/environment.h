// The process environment and the files that sources of credentials read, as a parameter, so that
// tests own both. Used on the control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"

namespace wif::auth {

// Why a file could not be read.
struct FileError {
  FileError(int number_in, std::string what_in) : number(number_in), what(std::move(what_in)) {}
  int number;        // errno; 0 = too large or not a regular file
  std::string what;  // a whole sentence: path, reason and, for EACCES, our uid and gid
};

// What tells one version of a file from the next.
struct FileStamp {
  std::uint64_t inode = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t size = 0;
  bool operator==(const FileStamp&) const = default;
};

class Environment {
 public:
  virtual ~Environment() = default;
  // The value of a variable; "" where it is not set (an empty variable counts as unset).
  virtual std::string get(const std::string& name) const = 0;
  // The whole content of a regular file of at most `max_bytes`. Symbolic links are followed:
  // kubelet projects its tokens through them.
  virtual Result<std::string, FileError> read_file(const std::string& path,
                                                   std::size_t max_bytes) const = 0;
  // nullopt where there is no such file or it may not be looked at.
  virtual std::optional<FileStamp> stamp(const std::string& path) const = 0;
};

// The real one.
class ProcessEnvironment : public Environment {
 public:
  std::string get(const std::string& name) const override;
  Result<std::string, FileError> read_file(const std::string& path,
                                           std::size_t max_bytes) const override;
  std::optional<FileStamp> stamp(const std::string& path) const override;
};

}  // namespace wif::auth
