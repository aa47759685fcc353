#include "config/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace wif::config {
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

Error failure(const std::string& path, const std::string& why) {
  return Error(Reason::kConfiguration, "cannot read " + path + ": " + why);
}

std::string reason_of(int number) { return std::generic_category().message(number); }

// Who can write the file decides where subject tokens go.
std::string warning_about(const std::string& path, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return {};
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return path + ": group or others may write it; chmod go-w " + path;
  }
  if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
    return path + ": belongs to another user (uid " + std::to_string(info.st_uid) +
           "), who can change it; chown it to root or to the user of wif-proxy";
  }
  return {};
}

}  // namespace

Result<FileContent> read_file(const std::string& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return failure(path, reason_of(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return failure(path, reason_of(errno));
  if (S_ISDIR(info.st_mode)) return failure(path, "it is a folder");
  FileContent content;
  content.warning = warning_about(path, info);
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(path, reason_of(errno));
    if (count == 0) return content;
    content.text.append(buffer, static_cast<std::size_t>(count));
    if (content.text.size() > limit) {
      return failure(path, "it is larger than " + std::to_string(limit) + " bytes");
    }
  }
}

bool file_exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

}  // namespace wif::config
