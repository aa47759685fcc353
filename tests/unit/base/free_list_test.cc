#include "base/free_list.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <thread>

namespace wif {
namespace {

struct alignas(std::max_align_t) Piece {
  std::array<char, 32> bytes;
};

TEST(FreeList, KeepsNoMoreThanItMay) {
  std::array<Piece, 3> pieces{};
  FreeList<2> list;
  EXPECT_EQ(list.take(), nullptr);
  EXPECT_TRUE(list.keep(&pieces[0]));
  EXPECT_TRUE(list.keep(&pieces[1]));
  EXPECT_FALSE(list.keep(&pieces[2]));
  EXPECT_EQ(list.take(), &pieces[1]) << "the one that was used last";
  EXPECT_TRUE(list.keep(&pieces[2]));
}

TEST(FreeList, TrimFreesThoseBeyond) {
  std::array<Piece, 3> pieces{};
  FreeList<3> list;
  for (Piece& piece : pieces) list.keep(&piece);
  int freed = 0;
  list.trim(1, [&freed](void*) { ++freed; });
  EXPECT_EQ(freed, 2);
  EXPECT_NE(list.take(), nullptr);
  EXPECT_EQ(list.take(), nullptr);
}

TEST(FreeList, KeepsNothingOnceItIsClosed) {
  std::array<Piece, 2> pieces{};
  FreeList<3> list;
  list.keep(&pieces[0]);
  int freed = 0;
  list.close([&freed](void*) { ++freed; });
  EXPECT_EQ(freed, 1);
  EXPECT_FALSE(list.keep(&pieces[1]));
  list.trim(0, [&freed](void*) { ++freed; });
  EXPECT_EQ(freed, 1);
  EXPECT_EQ(list.take(), nullptr);
}

int closed = 0;
void close() { ++closed; }

TEST(FreeList, IsClosedOnceWithItsThread) {
  std::thread thread([] {
    close_with_thread<close>();
    close_with_thread<close>();
    EXPECT_EQ(closed, 0);
  });
  thread.join();
  EXPECT_EQ(closed, 1);
}

}  // namespace
}  // namespace wif
