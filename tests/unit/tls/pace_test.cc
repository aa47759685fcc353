#include "tls/pace.h"

#include <gtest/gtest.h>

namespace wif::tls {
namespace {

using namespace std::chrono_literals;

constexpr Pace::Clock::time_point kStart{1h};

void enter(Pace& pace, int streams) {
  for (int i = 0; i < streams; ++i) pace.enter();
}

TEST(Pace, FewStreamsAreNeverKeptWaiting) {
  Pace pace;
  enter(pace, 15);
  EXPECT_FALSE(pace.slow());
  pace.enter();
  EXPECT_TRUE(pace.slow());
  pace.leave();
  EXPECT_FALSE(pace.slow());
}

TEST(Pace, LooksAreApartByThreeMicrosecondsForEachStream) {
  Pace pace;
  enter(pace, 20);
  EXPECT_EQ(pace.rest(kStart), 0s) << "the first";
  EXPECT_EQ(pace.rest(kStart + 40us), 20us);
  EXPECT_EQ(pace.rest(kStart + 70us), 50us) << "60 after the last began";
  pace.leave();
  EXPECT_EQ(pace.rest(kStart + 130us), 47us);
}

TEST(Pace, DoesNotWaitAfterALongRound) {
  Pace pace;
  enter(pace, 20);
  pace.rest(kStart);
  EXPECT_EQ(pace.rest(kStart + 60us), 0s);
  EXPECT_EQ(pace.rest(kStart + 3ms), 0s);
  EXPECT_EQ(pace.rest(kStart + 3ms + 10us), 50us) << "time that was not used is not made up for";
}

TEST(Pace, HasAMost) {
  Pace pace;
  enter(pace, 10'000);
  pace.rest(kStart);
  EXPECT_EQ(pace.rest(kStart + 1us), 199us);
}

}  // namespace
}  // namespace wif::tls
