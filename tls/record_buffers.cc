#include "tls/record_buffers.h"

#include <malloc.h>
#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <cstdlib>

namespace wif::tls {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kRecycles = false;  // the sanitizer shall see every use of a buffer that is gone
#else
constexpr bool kRecycles = true;
#endif

struct Size {
  std::size_t least;  // of a request
  std::size_t bytes;  // that are allocated for it
};
// A record to be written; what is read in one go (contexts.cc sets 64 KiB).
constexpr std::array<Size, 2> kSizes{{{16u << 10, 24u << 10}, {64u << 10, 72u << 10}}};
constexpr unsigned kKept = 4;  // of each size; more are a burst

struct Free {
  Free* next;
};
struct List {
  Free* first = nullptr;
  unsigned count = 0;
};
constinit thread_local std::array<List, kSizes.size()> lists{};

struct FreesWithTheThread {
  ~FreesWithTheThread() {
    for (List& list : lists) {
      while (list.first != nullptr) {
        Free* buffer = list.first;
        list.first = buffer->next;
        std::free(buffer);
      }
      list.count = kKept;  // what comes later is freed at once
    }
  }
};

void* allocate(std::size_t bytes, const char*, int) {
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    if (bytes < kSizes[i].least || bytes > kSizes[i].bytes) continue;
    if (Free* buffer = lists[i].first; buffer != nullptr) {
      lists[i].first = buffer->next;
      --lists[i].count;
      return buffer;
    }
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
  if (bytes < kSizes[0].bytes) {
    std::free(buffer);
    return;
  }
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    // A little more than asked for is the allocator's rounding.
    const bool fits = bytes >= kSizes[i].bytes && bytes < kSizes[i].bytes + 256;
    if (!fits || lists[i].count == kKept) continue;
    lists[i].first = new (buffer) Free{lists[i].first};
    ++lists[i].count;
    return;
  }
  std::free(buffer);
}

}  // namespace

void recycle_record_buffers() {
  if (kRecycles) CRYPTO_set_mem_functions(allocate, resize, release);
}

}  // namespace wif::tls
