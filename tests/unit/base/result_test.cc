#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace wif {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return Error(Reason::kBadRequest, "odd");
  return value / 2;
}

Result<int> quarter(int value) {
  TRY(const int once, half(value));
  TRY(const int twice, half(once));
  return twice;
}

Result<void> check_even(int value) {
  TRY_VOID(half(value));
  return {};
}

TEST(Result, TryGoesOnWithTheValue) {
  const auto result = quarter(12);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 3);
}

TEST(Result, TryReturnsTheFirstError) {
  const auto result = quarter(6);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "odd");
}

TEST(Result, OfVoidHoldsAnErrorOrNothing) {
  EXPECT_TRUE(check_even(2));
  EXPECT_FALSE(check_even(3));
}

TEST(Result, MovesValuesThatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const auto value = *std::move(result);
  EXPECT_EQ(*value, 7);
}

TEST(Error, ContextStandsInFront) {
  EXPECT_EQ(Error(Reason::kInternal, "no").with_context("reading x").what, "reading x: no");
}

}  // namespace
}  // namespace wif
