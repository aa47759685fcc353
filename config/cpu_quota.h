// How many CPUs this process may use, as its cgroup says: a container with two CPUs on a machine
// with 64 wants two workers. Thread-safe.
#pragma once

#include <string>

namespace wif::config {

// The quota rounded up, at least 1, at most `hardware_threads` (0 = ask the system). Reads
// proc/self/cgroup and sys/fs/cgroup below `root`; cgroup v2 (cpu.max) and v1 (cpu.cfs_quota_us).
// What cannot be read counts as no quota.
unsigned usable_cpus(const std::string& root, unsigned hardware_threads);

}  // namespace wif::config
