#include "config/cpu_quota.h"

#include "loading.h"

namespace wif::config {
namespace {

TEST(CpuQuota, WithoutCgroupItIsTheMachine) {
  const TemporaryFolder root;
  EXPECT_EQ(usable_cpus(root.path(), 8), 8u);
  EXPECT_GE(usable_cpus(root.path(), 0), 1u);
}

TEST(CpuQuota, Version2IsRoundedUpAndBounded) {
  const TemporaryFolder root;
  root.write("proc/self/cgroup", "0::/\n");
  const auto with = [&](const char* text) {
    root.write("sys/fs/cgroup/cpu.max", text);
    return usable_cpus(root.path(), 8);
  };
  EXPECT_EQ(with("max 100000\n"), 8u);
  EXPECT_EQ(with("200000 100000\n"), 2u);
  EXPECT_EQ(with("150000 100000\n"), 2u);
  EXPECT_EQ(with("10000 100000\n"), 1u);
  EXPECT_EQ(with("6400000 100000\n"), 8u);
  EXPECT_EQ(with("0 100000\n"), 8u);
  EXPECT_EQ(with("nonsense\n"), 8u);
}

TEST(CpuQuota, SmallestOfAllLevelsBinds) {
  const TemporaryFolder root;
  root.write("proc/self/cgroup", "0::/pod/container\n");
  root.write("sys/fs/cgroup/pod/cpu.max", "300000 100000\n");
  root.write("sys/fs/cgroup/pod/container/cpu.max", "max 100000\n");
  EXPECT_EQ(usable_cpus(root.path(), 8), 3u);
}

TEST(CpuQuota, Version1) {
  const TemporaryFolder root;
  root.write("proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/docker/x\n");
  root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n");
  root.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(usable_cpus(root.path(), 8), 3u);
  root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(usable_cpus(root.path(), 8), 8u);
}

}  // namespace
}  // namespace wif::config
