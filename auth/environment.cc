#include "auth/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace wif::auth {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

FileError failed(const std::string& path, int number) {
  std::string what = path + ": " + std::strerror(number);
  if (number == EACCES) {
    what += " (we are uid " + std::to_string(::geteuid()) + ", gid " + std::to_string(::getegid()) +
            "; on Kubernetes set securityContext.fsGroup)";
  }
  return FileError(number, std::move(what));
}

}  // namespace

std::string ProcessEnvironment::get(const std::string& name) const {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::string() : std::string(value);
}

Result<std::string, FileError> ProcessEnvironment::read_file(const std::string& path,
                                                             std::size_t max_bytes) const {
  // O_NONBLOCK: a FIFO in the place of the file must not stop the control thread.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return failed(path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed(path, errno);
  if (!S_ISREG(status.st_mode)) return FileError(0, path + ": not a regular file");
  std::string content(max_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t count = ::read(file.get(), content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > max_bytes) {
    return FileError(0, path + ": larger than " + std::to_string(max_bytes) + " bytes");
  }
  content.resize(size);
  return content;
}

std::optional<FileStamp> ProcessEnvironment::stamp(const std::string& path) const {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  FileStamp stamp;
  stamp.inode = status.st_ino;
  stamp.modified_ns =
      static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  stamp.size = static_cast<std::uint64_t>(status.st_size);
  return stamp;
}

}  // namespace wif::auth
