#include "tls/pace.h"

#include <gtest/gtest.h>

#include <list>

namespace wif::tls {
namespace {

using namespace std::chrono_literals;

constexpr Pace::Clock::time_point kStart{1h};

class PaceTest : public testing::Test {
 protected:
  void begin(int requests) {
    for (int i = 0; i < requests; ++i) requests_.emplace_back(pace);
  }
  void end_one() { requests_.pop_back(); }

  Pace pace;

 private:
  std::list<Pace::Request> requests_;
};

TEST_F(PaceTest, FewRequestsAreNeverKeptWaiting) {
  begin(3);
  EXPECT_FALSE(pace.slow());
  begin(1);
  EXPECT_TRUE(pace.slow());
  end_one();
  EXPECT_FALSE(pace.slow());
}

TEST_F(PaceTest, LooksAreApartBySixMicrosecondsForEachRequest) {
  begin(20);
  EXPECT_EQ(pace.rest(kStart), 0s) << "the first";
  EXPECT_EQ(pace.rest(kStart + 40us), 80us);
  EXPECT_EQ(pace.rest(kStart + 130us), 110us) << "120 after the last began";
  end_one();
  EXPECT_EQ(pace.rest(kStart + 250us), 104us);
}

TEST_F(PaceTest, DoesNotWaitAfterALongRound) {
  begin(20);
  pace.rest(kStart);
  EXPECT_EQ(pace.rest(kStart + 120us), 0s);
  EXPECT_EQ(pace.rest(kStart + 3ms), 0s);
  EXPECT_EQ(pace.rest(kStart + 3ms + 10us), 110us) << "time that was not used is not made up for";
}

TEST_F(PaceTest, HasAMost) {
  begin(10'000);
  pace.rest(kStart);
  EXPECT_EQ(pace.rest(kStart + 1us), 199us);
}

}  // namespace
}  // namespace wif::tls
