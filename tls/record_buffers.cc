#include "tls/record_buffers.h"

#include <malloc.h>
#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <cstdlib>

#include "base/free_list.h"

namespace wif::tls {
namespace {

struct Size {
  std::size_t least;  // of a request
  std::size_t bytes;  // that are allocated for it
};
// A record to be written; what is read in one go (contexts.cc sets 64 KiB).
constexpr std::array<Size, 2> kSizes{{{16u << 10, 24u << 10}, {64u << 10, 72u << 10}}};

constinit thread_local std::array<FreeList<4>, kSizes.size()> lists{};

struct FreesWithTheThread {
  ~FreesWithTheThread() {
    for (auto& list : lists) list.close([](void* buffer) { std::free(buffer); });
  }
};

void* allocate(std::size_t bytes, const char*, int) {
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    if (bytes < kSizes[i].least || bytes > kSizes[i].bytes) continue;
    if (void* buffer = lists[i].take(); buffer != nullptr) return buffer;
    thread_local FreesWithTheThread frees;
    static_cast<void>(frees);
    return std::malloc(kSizes[i].bytes);
  }
  return std::malloc(bytes);
}

void* resize(void* old, std::size_t bytes, const char*, int) { return std::realloc(old, bytes); }

void release(void* buffer, const char*, int) {
  if (buffer == nullptr) return;
  const std::size_t bytes = malloc_usable_size(buffer);
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    // A little more than asked for is the allocator's rounding.
    const bool fits = bytes >= kSizes[i].bytes && bytes < kSizes[i].bytes + 256;
    if (fits && lists[i].keep(buffer)) return;
  }
  std::free(buffer);
}

}  // namespace

void recycle_record_buffers() {
  if (kRecycles) CRYPTO_set_mem_functions(allocate, resize, release);
}

}  // namespace wif::tls
