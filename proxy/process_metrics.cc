// process_*: what every Prometheus client library tells about its process, from /proc/self.
#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "proxy/metrics_text.h"

namespace wif::proxy {
namespace {

std::optional<std::string> read_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

// Fields of /proc/self/stat from the third on (proc_pid_stat(5)), because the second, the name of
// the program, may hold spaces and brackets.
std::vector<std::string> stat_fields() {
  std::vector<std::string> fields;
  const auto line = read_line("/proc/self/stat");
  const auto name_end = line ? line->rfind(')') : std::string::npos;
  if (name_end == std::string::npos) return fields;
  for (const std::string_view field :
       split(trim(std::string_view(*line).substr(name_end + 1)), ' ')) {
    fields.emplace_back(field);
  }
  return fields;
}

// By the number that proc_pid_stat(5) gives the field.
std::uint64_t stat_number(const std::vector<std::string>& fields, std::size_t number) {
  const std::size_t at = number - 3;
  return at < fields.size() ? parse_decimal<std::uint64_t>(fields[at]).value_or(0) : 0;
}

// When the machine started, in seconds since the epoch.
std::uint64_t boot_seconds() {
  timespec since_boot{};
  ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
  return static_cast<std::uint64_t>(std::time(nullptr) - since_boot.tv_sec);
}

std::uint64_t open_descriptors() {
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  std::uint64_t count = 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count > 3 ? count - 3 : 0;  // ".", ".." and the folder itself
}

}  // namespace

void append_process_metrics(MetricsText& text) {
  const auto fields = stat_fields();
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const std::uint64_t cpu = stat_number(fields, 14) + stat_number(fields, 15);
  text.counter("process_cpu_seconds", "User and system CPU time spent.");
  text.sample({}, std::chrono::nanoseconds(cpu * (1'000'000'000 / ticks)));
  text.gauge("process_open_fds", "Open file descriptors.");
  text.sample({}, open_descriptors());
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  text.gauge("process_max_fds", "Limit of open file descriptors.");
  text.sample({}, static_cast<std::uint64_t>(files.rlim_cur));
  text.gauge("process_virtual_memory_bytes", "Virtual memory size.");
  text.sample({}, stat_number(fields, 23));
  text.gauge("process_resident_memory_bytes", "Resident memory size.");
  text.sample({}, stat_number(fields, 24) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  text.gauge("process_start_time_seconds", "Start of the process since the Unix epoch.");
  text.sample({}, boot_seconds() + stat_number(fields, 22) / ticks);
  text.gauge("process_threads", "Threads.");
  text.sample({}, stat_number(fields, 20));
}

}  // namespace wif::proxy
