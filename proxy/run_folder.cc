#include "proxy/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace wif::proxy {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "wif-proxy-run-";
constexpr int kTries = 10;

int open_folder(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool is_still_there(const std::string& path, int descriptor) {
  struct stat by_path {};
  struct stat by_descriptor {};
  return ::lstat(path.c_str(), &by_path) == 0 && ::fstat(descriptor, &by_descriptor) == 0 &&
         by_path.st_ino == by_descriptor.st_ino && by_path.st_dev == by_descriptor.st_dev;
}

void remove_tree(const std::string& path) {
  std::error_code failure;
  fs::remove_all(path, failure);
}

// Only folders of this user whose process is gone. Others cannot put one there in our name: they
// would own it.
void remove_if_left_behind(const std::string& path) {
  const int folder = open_folder(path);
  if (folder < 0) return;
  struct stat status {};
  const bool ours = ::fstat(folder, &status) == 0 && status.st_uid == ::geteuid();
  if (ours && ::flock(folder, LOCK_EX | LOCK_NB) == 0) remove_tree(path);
  ::close(folder);
}

void remove_what_was_left(const std::string& place) {
  std::error_code failure;
  std::vector<std::string> found;
  for (fs::directory_iterator entry(place, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().filename().string().starts_with(kPrefix)) found.push_back(entry->path());
  }
  for (const std::string& path : found) remove_if_left_behind(path);
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

std::vector<std::string> RunFolder::usual_places() {
  std::vector<std::string> places;
  for (std::string place : {variable("TMPDIR"), std::string("/tmp"), variable("XDG_RUNTIME_DIR"),
                            std::string("/dev/shm")}) {
    if (!place.empty()) places.push_back(std::move(place));
  }
  return places;
}

Result<RunFolder> RunFolder::make(const std::vector<std::string>& places) {
  std::string tried;
  for (const std::string& place : places) {
    remove_what_was_left(place);
    // Another `run` may take a folder for left behind between its making and its locking; then it
    // is gone when the lock is ours.
    for (int i = 0; i < kTries; ++i) {
      std::string path = place + "/" + std::string(kPrefix) + "XXXXXX";
      if (::mkdtemp(path.data()) == nullptr) break;
      const int lock = open_folder(path);
      if (lock >= 0 && ::flock(lock, LOCK_EX) == 0 && is_still_there(path, lock)) {
        return RunFolder(std::move(path), lock);
      }
      if (lock >= 0) ::close(lock);
    }
    tried += (tried.empty() ? "" : ", ") + place;
  }
  return Error(Reason::kConfiguration,
               "no temporary folder can be made (tried " + tried + "); set TMPDIR");
}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)) {}

RunFolder::~RunFolder() {
  if (lock_ < 0) return;
  remove_tree(path_);
  ::close(lock_);
}

}  // namespace wif::proxy
