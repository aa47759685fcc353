#include "tls/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

namespace wif::tls {
namespace {

constexpr std::size_t kMaxFileBytes = 16u << 20;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error failure(std::string_view doing, const std::string& path) {
  const int number = errno;
  return Error(Reason::kConfiguration,
               std::string(doing) + " " + path + ": " + std::strerror(number));
}

// Into `content`, whose old bytes are wiped whenever it grows: it may be a key.
Result<void> read_all(int fd, const std::string& path, std::string& content) {
  std::array<char, 4096> block;
  for (;;) {
    const ssize_t got = ::read(fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("reading", path);
    if (got == 0) break;
    const auto size = static_cast<std::size_t>(got);
    if (content.size() + size > kMaxFileBytes) {
      return Error(Reason::kConfiguration, "reading " + path + ": larger than 16 MiB");
    }
    if (content.size() + size > content.capacity()) {
      std::string larger;
      larger.reserve(2 * (content.size() + size));
      larger = content;
      wipe(content);
      content = std::move(larger);
    }
    content.append(block.data(), size);
  }
  ::explicit_bzero(block.data(), block.size());
  return {};
}

Result<void> write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t sent = ::write(fd, content.data(), content.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return failure("writing", path);
    content.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Some file systems cannot sync a folder; the rename is done by then, so that is no failure.
void sync_folder(const std::string& path) {
  const Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open()) ::fsync(folder.get());
}

std::vector<gid_t> own_groups() {
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<std::size_t>(std::max(0, count)));
  groups.push_back(::getegid());
  return groups;
}

Error key_permissions(const std::string& path, std::string_view problem, std::string_view mend) {
  return Error(Reason::kConfiguration, "ca_key_permissions: the key file " + path + " " +
                                           std::string(problem) + "; " + std::string(mend));
}

std::string octal(mode_t mode) {
  std::string digits = "0000";
  for (std::size_t i = 0; i < 4; ++i) {
    digits[3 - i] = static_cast<char>('0' + ((mode >> (3 * i)) & 7u));
  }
  return digits;
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return failure("opening", path);
  std::string content;
  TRY_VOID(read_all(file.get(), path, content));
  return content;
}

Result<Secret> read_key_file(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not hang before it can be refused.
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return failure("opening the key file", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failure("looking at the key file", path);
  TRY_VOID(check_key_file(status, path, ::geteuid(), own_groups()));
  std::string content;
  if (auto read = read_all(file.get(), path, content); !read) {
    wipe(content);
    return std::move(read).error();
  }
  return Secret(std::move(content));
}

Result<void> check_key_file(const struct stat& status, const std::string& path, uid_t uid,
                            std::span<const gid_t> groups) {
  if (!S_ISREG(status.st_mode)) {
    return key_permissions(path, "is not a regular file", "name a plain PEM file");
  }
  if (status.st_uid != uid && status.st_uid != 0) {
    return key_permissions(path, "belongs to user " + std::to_string(status.st_uid),
                           "make it ours: chown " + std::to_string(uid) + " " + path);
  }
  const mode_t mode = status.st_mode & 07777u;
  if ((mode & 037u) != 0) {
    return key_permissions(path, "has mode " + octal(mode),
                           "close it to others: chmod 0600 " + path);
  }
  const bool in_group = std::find(groups.begin(), groups.end(), status.st_gid) != groups.end();
  if ((mode & 040u) != 0 && !in_group) {
    return key_permissions(
        path,
        "can be read by group " + std::to_string(status.st_gid) + ", in which this process is not",
        "close it: chmod 0600 " + path);
  }
  return {};
}

Result<void> write_file(const std::string& path, std::string_view content, mode_t mode) {
  std::string temporary = path + ".XXXXXX";
  const Fd file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.is_open()) return failure("creating a file beside", path);
  auto written = write_all(file.get(), content, temporary);
  if (written && ::fchmod(file.get(), mode) != 0)
    written = failure("setting the mode of", temporary);
  if (written && ::fsync(file.get()) != 0) written = failure("syncing", temporary);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0)
    written = failure("replacing", path);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  sync_folder(folder_of(path));
  return {};
}

Result<void> make_folder(const std::string& path, mode_t mode) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return {};
    return Error(Reason::kConfiguration, path + " is not a folder");
  }
  if (errno != ENOENT) return failure("looking at", path);
  const std::string parent = folder_of(path);
  if (parent != path && parent != ".") TRY_VOID(make_folder(parent, mode));
  if (::mkdir(path.c_str(), mode) != 0) {
    return errno == EEXIST ? Result<void>() : failure("creating the folder", path);
  }
  if (::chmod(path.c_str(), mode) != 0) return failure("setting the mode of", path);
  return {};
}

Result<void> make_private_folder(const std::string& path) {
  TRY_VOID(make_folder(path, 0700));
  const Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!folder.is_open() || ::fstat(folder.get(), &status) != 0) return failure("opening", path);
  if (status.st_uid != ::geteuid()) {
    return Error(Reason::kConfiguration, "the folder " + path + " belongs to user " +
                                             std::to_string(status.st_uid) +
                                             "; it must be ours, as it holds the CA's key");
  }
  if ((status.st_mode & 07777u) != 0700 && ::fchmod(folder.get(), 0700) != 0) {
    return failure("setting the mode of", path);
  }
  return {};
}

Result<FolderLock> FolderLock::take(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failure("opening", path);
  FolderLock lock(fd);
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) return failure("locking", path);
  }
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace wif::tls
