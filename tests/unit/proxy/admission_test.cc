#include "proxy/admission.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <utility>

namespace wif::proxy {
namespace {

const auto kOne = config::IpAddress::v4(0x0a000001);
const auto kOther = config::IpAddress::v4(0x0a000002);

TEST(Admission, IsFullAtItsTotalUntilOneGoes) {
  Admission admission(2, 10);
  std::atomic<unsigned> load = 0;
  auto first = admission.enter(kOne, load);
  EXPECT_FALSE(admission.full());
  auto second = admission.enter(kOther, load);
  EXPECT_TRUE(admission.full());
  EXPECT_EQ(load, 2u);
  first.reset();
  EXPECT_FALSE(admission.full());
  EXPECT_EQ(load, 1u);
}

TEST(Admission, SharesPerSource) {
  Admission admission(10, 1);
  std::atomic<unsigned> load = 0;
  auto first = admission.enter(kOne, load);
  EXPECT_TRUE(first.has_value());
  EXPECT_FALSE(admission.enter(kOne, load).has_value());
  EXPECT_TRUE(admission.enter(kOther, load).has_value());
  EXPECT_EQ(load, 1u) << "the other has gone again";
  first.reset();
  EXPECT_TRUE(admission.enter(kOne, load).has_value());
}

TEST(Admission, PlaceIsGivenBackOnceHoweverOftenItMoves) {
  Admission admission(10, 10);
  std::atomic<unsigned> load = 0;
  {
    auto entered = admission.enter(kOne, load);
    const Admission::Place moved = *std::move(entered);
    const Admission::Place& same = moved;
    static_cast<void>(same);
    entered.reset();
    EXPECT_EQ(load, 1u);
  }
  EXPECT_EQ(load, 0u);
}

}  // namespace
}  // namespace wif::proxy
