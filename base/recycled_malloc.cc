#include "base/recycled_malloc.h"

#include <malloc.h>

#include <array>
#include <cstdlib>

#include "base/free_list.h"

namespace wif {
namespace {

// malloc's own sizes: 24, 40, 56 and so on.
constexpr std::size_t kSmallest = 24;
constexpr std::size_t kGrain = 16;
constexpr std::size_t kSizes = 32;  // up to 520 bytes

constinit thread_local std::array<FreeList<128>, kSizes> lists{};

void close_lists() {
  for (auto& list : lists) list.close([](void* piece) { std::free(piece); });
}

constexpr std::size_t bytes_of(std::size_t index) { return kSmallest + index * kGrain; }

}  // namespace

void* recycled_malloc(std::size_t bytes) noexcept {
  const std::size_t index = bytes <= kSmallest ? 0 : (bytes - kSmallest + kGrain - 1) / kGrain;
  if (!kRecycles || index >= kSizes) return std::malloc(bytes);
  if (void* piece = lists[index].take(); piece != nullptr) return piece;
  close_with_thread<close_lists>();
  return std::malloc(bytes_of(index));
}

void recycled_free(void* piece) noexcept {
  if (piece == nullptr) return;
  const std::size_t bytes = malloc_usable_size(piece);
  const std::size_t index = (bytes - kSmallest) / kGrain;
  const bool kept = kRecycles && bytes >= kSmallest && index < kSizes && bytes == bytes_of(index) &&
                    lists[index].keep(piece);
  if (!kept) std::free(piece);
}

void trim_recycled_malloc(unsigned keep) {
  for (auto& list : lists) list.trim(keep, [](void* piece) { std::free(piece); });
}

}  // namespace wif
