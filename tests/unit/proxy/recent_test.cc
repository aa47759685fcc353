#include "proxy/recent.h"

#include <gtest/gtest.h>

namespace wif::proxy {
namespace {

struct Place {
  int number = 0;
};
using Held = std::shared_ptr<const Place>;

// Recalls the place of that number; true when it had to be made.
bool recall_number(Held& own, Held& shared, int number) {
  bool made = false;
  recall(
      own, shared, [number](const Place& place) { return place.number == number; },
      [&] {
        made = true;
        return Place{number};
      });
  return made;
}

class RecentTest : public testing::Test {
 protected:
  // Of two connections, and what both look at.
  Held first;
  Held second;
  Held shared;
};

TEST_F(RecentTest, WhatFitsIsNotMadeAgain) {
  EXPECT_TRUE(recall_number(first, shared, 1));
  EXPECT_FALSE(recall_number(first, shared, 1));
  EXPECT_EQ(first->number, 1);
}

TEST_F(RecentTest, ConnectionsToOnePlaceHoldOneObject) {
  recall_number(first, shared, 1);
  EXPECT_FALSE(recall_number(second, shared, 1));
  EXPECT_EQ(first, second);
}

TEST_F(RecentTest, AnotherPlaceLeavesOtherConnectionsTheirOwn) {
  recall_number(first, shared, 1);
  EXPECT_TRUE(recall_number(second, shared, 2));
  EXPECT_EQ(first->number, 1);
  EXPECT_FALSE(recall_number(first, shared, 1)) << "its own still fits";
  EXPECT_EQ(second->number, 2);
}

}  // namespace
}  // namespace wif::proxy
