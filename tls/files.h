// The few files that tls/ reads and writes: key files with their permission checks and
// files replaced in one step. Blocking, for start-up only. All errors are kConfiguration and name
// the path.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

struct stat;

namespace wif::tls {

// The whole file, at most 16 MiB.
Result<std::string> read_file(const std::string& path);

// A private key: only from a regular file that check_key_file() accepts. Symbolic links are
// followed (a mounted Kubernetes Secret is one); what counts is the file behind them.
Result<Secret> read_key_file(const std::string& path);

// The rule of on what fstat() said, for a process of user `uid` in `groups`.
Result<void> check_key_file(const struct stat& status, const std::string& path, uid_t uid,
                            std::span<const gid_t> groups);

// Replaces `path`: temporary file beside it, fsync, rename, fsync of the folder. `mode` holds
// whatever the umask is.
Result<void> write_file(const std::string& path, std::string_view content, mode_t mode);

// Creates the folder and its missing parents; the ones created get exactly `mode`.
Result<void> make_folder(const std::string& path, mode_t mode);

// A folder of ours that is open only to us: created 0700, or tightened to it. An error when it
// belongs to another user.
Result<void> make_private_folder(const std::string& path);

// An exclusive lock on a folder among the processes of this machine, until destruction.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::string& path);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace wif::tls
