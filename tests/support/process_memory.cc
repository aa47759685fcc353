#include "tests/support/process_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "tests/support/temporary_folder.h"

namespace wif::test {
namespace {

constexpr std::size_t kPiece = 1u << 20;

void look(const std::string& where, const std::string& bytes,
          const std::vector<std::string>& needles, MemorySearch& search) {
  search.bytes += bytes.size();
  for (const std::string& needle : needles) {
    if (bytes.find(needle) != std::string::npos) search.found.push_back(where + ": " + needle);
  }
}

// Piece by piece, each with the end of the one before, so that nothing hides on a border.
void look_at_range(int memory, std::size_t begin, std::size_t end,
                   const std::vector<std::string>& needles, MemorySearch& search) {
  std::size_t longest = 1;
  for (const std::string& needle : needles) longest = std::max(longest, needle.size());
  std::string kept;
  std::string piece(kPiece, '\0');
  while (begin < end) {
    const ssize_t got =
        ::pread(memory, piece.data(), std::min(kPiece, end - begin), static_cast<off_t>(begin));
    if (got <= 0) return;  // a page that cannot be read, such as [vvar]
    begin += static_cast<std::size_t>(got);
    kept.append(piece, 0, static_cast<std::size_t>(got));
    look("mem", kept, needles, search);
    if (kept.size() > longest) kept.erase(0, kept.size() - longest);
  }
}

}  // namespace

MemorySearch search_process(pid_t process, const std::vector<std::string>& needles) {
  const std::string folder = "/proc/" + std::to_string(process);
  MemorySearch search;
  const int memory = ::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (memory < 0) throw std::runtime_error(folder + "/mem: " + std::strerror(errno));
  std::istringstream maps(read_file(folder + "/maps"));
  for (std::string line; std::getline(maps, line);) {
    std::size_t begin = 0;
    std::size_t end = 0;
    char readable = '-';
    if (std::sscanf(line.c_str(), "%zx-%zx %c", &begin, &end, &readable) != 3) continue;
    if (readable == 'r') look_at_range(memory, begin, end, needles, search);
  }
  ::close(memory);
  for (const char* name : {"environ", "cmdline"}) {
    look(name, read_file(folder + "/" + name), needles, search);
  }
  return search;
}

MemorySearch search_files(const std::string& folder, const std::vector<std::string>& needles) {
  MemorySearch search;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      look(entry.path().string(), read_file(entry.path()), needles, search);
    }
  }
  return search;
}

}  // namespace wif::test
