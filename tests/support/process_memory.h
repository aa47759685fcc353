// Everything that a process holds, searched for bytes that it must not have.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace wif::test {

struct MemorySearch {
  std::size_t bytes = 0;           // that were looked at
  std::vector<std::string> found;  // "mem: NEEDLE", "environ: NEEDLE" …
};

// Reads all readable memory of `process`, its environment and its command line. Needs the right to
// trace it, which a parent has. Throws std::runtime_error where it has not.
MemorySearch search_process(pid_t process, const std::vector<std::string>& needles);

// The same for every file below `folder`.
MemorySearch search_files(const std::string& folder, const std::vector<std::string>& needles);

}  // namespace wif::test
