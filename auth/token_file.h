// An identity whose access token somebody else keeps fresh in a file: one line, no "Bearer".
// Control thread.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "auth/context.h"
#include "auth/failure.h"
#include "auth/token.h"

namespace wif::auth {

class TokenFile {
 public:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}

  // Whether the file is another one than at the last read(): by inode, time or size.
  bool has_changed(const Environment& environment) const;

  // Reads it. `identity` and `principal` of the token are left to the caller. Fails with
  // `token_file_unreadable`, also when it is empty or not a token.
  Result<Token, Failure> read(const Context& context);

 private:
  std::string path_;
  std::optional<FileStamp> stamp_;
  bool read_once_ = false;
};

}  // namespace wif::auth
