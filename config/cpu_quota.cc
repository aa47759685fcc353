#include "config/cpu_quota.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <thread>

#include "base/text.h"
#include "config/read_file.h"

namespace wif::config {
namespace {

using Cpus = std::optional<std::uint64_t>;

std::string text_of(const std::string& path) {
  const auto content = read_file(path, 64u << 10);
  return content ? content->text : std::string();
}

// "200000 100000" or "max 100000".
Cpus quota_of(std::string_view quota_text, std::string_view period_text) {
  const auto quota = parse_decimal<std::uint64_t>(trim(quota_text));
  const auto period = parse_decimal<std::uint64_t>(trim(period_text));
  if (!quota || !period || *quota == 0 || *period == 0) return std::nullopt;
  return *quota / *period + (*quota % *period == 0 ? 0 : 1);
}

Cpus v2_quota(const std::string& folder) {
  const std::string text = text_of(folder + "/cpu.max");
  const auto parts = split(trim(text), ' ');
  return parts.size() == 2 ? quota_of(parts[0], parts[1]) : std::nullopt;
}

Cpus v1_quota(const std::string& folder) {
  return quota_of(text_of(folder + "/cpu.cfs_quota_us"), text_of(folder + "/cpu.cfs_period_us"));
}

// The path behind the last colon of the line of proc/self/cgroup that begins the hierarchy.
std::string own_cgroup(std::string_view table, bool v2) {
  for (const auto line : split(table, '\n')) {
    const auto parts = split(line, ':');
    if (parts.size() < 3) continue;
    const auto controllers = split(parts[1], ',');
    const bool has_cpu =
        std::find(controllers.begin(), controllers.end(), "cpu") != controllers.end();
    if (v2 ? parts[0] == "0" && parts[1].empty() : has_cpu) return std::string(trim(parts[2]));
  }
  return {};
}

// The smallest quota from `base` + `path` up to `base`: every level binds.
unsigned smallest(const std::string& base, std::string path, Cpus (*read)(const std::string&),
                  unsigned most) {
  std::uint64_t least = most;
  for (;;) {
    if (const auto quota = read(base + path)) least = std::min(least, *quota);
    const auto slash = path.rfind('/');
    if (path.empty() || slash == std::string::npos) break;
    path.erase(slash);
  }
  return static_cast<unsigned>(least);
}

}  // namespace

unsigned usable_cpus(const std::string& root, unsigned hardware_threads) {
  unsigned most = hardware_threads == 0 ? std::thread::hardware_concurrency() : hardware_threads;
  most = std::max(most, 1u);
  const std::string table = text_of(root + "/proc/self/cgroup");
  most = smallest(root + "/sys/fs/cgroup", own_cgroup(table, true), v2_quota, most);
  return smallest(root + "/sys/fs/cgroup/cpu", own_cgroup(table, false), v1_quota, most);
}

}  // namespace wif::config
