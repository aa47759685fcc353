#include "base/recycled_malloc.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <thread>

#include "base/free_list.h"

namespace wif {
namespace {

TEST(RecycledMalloc, APieceWaitsForItsNextUse) {
  if (!kRecycles) GTEST_SKIP() << "with AddressSanitizer nothing is recycled";
  void* piece = recycled_malloc(100);
  recycled_free(piece);
  void* again = recycled_malloc(104);
  EXPECT_EQ(again, piece);
  recycled_free(again);
}

TEST(RecycledMalloc, APieceHasRoomForWhatWasAskedFor) {
  for (std::size_t bytes = 0; bytes < 700; ++bytes) {
    for (int turn = 0; turn < 2; ++turn) {  // new, then recycled
      void* piece = recycled_malloc(bytes);
      ASSERT_NE(piece, nullptr);
      std::memset(piece, 'x', bytes);
      recycled_free(piece);
    }
  }
}

TEST(RecycledMalloc, MixesWithMalloc) {
  void* piece = recycled_malloc(48);
  piece = std::realloc(piece, 5000);
  recycled_free(piece);
  recycled_free(std::malloc(48));
  recycled_free(std::calloc(3, 16));
  std::free(recycled_malloc(48));
  recycled_free(nullptr);
}

TEST(RecycledMalloc, APieceMayBeFreedOnAnotherThread) {
  void* piece = recycled_malloc(48);
  std::thread([piece] { recycled_free(piece); }).join();
  void* other = nullptr;
  std::thread([&other] { recycled_free(other = recycled_malloc(48)); }).join();
  EXPECT_NE(other, nullptr);
}

TEST(RecycledMalloc, TrimmingLeavesPiecesUsable) {
  for (int turn = 0; turn < 3; ++turn) {
    void* first = recycled_malloc(200);
    void* second = recycled_malloc(200);
    recycled_free(first);
    recycled_free(second);
    trim_recycled_malloc(1);
  }
  void* piece = recycled_malloc(200);
  std::memset(piece, 'x', 200);
  recycled_free(piece);
}

}  // namespace
}  // namespace wif
