// The folder of one `run`: the CA's public files and gcloud's configuration. It goes with the
// process; one that a killed process left behind goes with the next `run` of the same user.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace wif::proxy {

class RunFolder {
 public:
  // Where such folders may be made, best first: $TMPDIR, /tmp, $XDG_RUNTIME_DIR, /dev/shm.
  static std::vector<std::string> usual_places();

  // A new folder of mode 0700 in the first place that takes one; what dead processes left in these
  // places is removed. Errors: kConfiguration, naming the places.
  static Result<RunFolder> make(const std::vector<std::string>& places);
  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  // Removes it with everything in it.
  ~RunFolder();

  const std::string& path() const { return path_; }

 private:
  RunFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;  // held while the process lives; the kernel lets go of it, however that ends
};

}  // namespace wif::proxy
