#include "http/h2_memory.h"

#include <malloc.h>

#include <array>
#include <cstddef>
#include <cstdlib>

#include "base/free_list.h"

namespace wif::http {
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

void* allocate(std::size_t bytes, void*) {
  const std::size_t index = bytes <= kSmallest ? 0 : (bytes - kSmallest + kGrain - 1) / kGrain;
  if (!kRecycles || index >= kSizes) return std::malloc(bytes);
  if (void* piece = lists[index].take(); piece != nullptr) return piece;
  close_with_thread<close_lists>();
  return std::malloc(bytes_of(index));
}

void release(void* piece, void*) {
  if (piece == nullptr) return;
  const std::size_t bytes = malloc_usable_size(piece);
  const std::size_t index = (bytes - kSmallest) / kGrain;
  const bool kept = kRecycles && bytes >= kSmallest && index < kSizes && bytes == bytes_of(index) &&
                    lists[index].keep(piece);
  if (!kept) std::free(piece);
}

void* allocate_zeroed(std::size_t count, std::size_t bytes, void*) {
  return std::calloc(count, bytes);
}

void* resize(void* old, std::size_t bytes, void*) { return std::realloc(old, bytes); }

}  // namespace

nghttp2_mem* h2_memory() {
  static nghttp2_mem memory{nullptr, allocate, release, allocate_zeroed, resize};
  return &memory;
}

}  // namespace wif::http
