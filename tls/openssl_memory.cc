#include "tls/openssl_memory.h"

#include <malloc.h>
#include <openssl/crypto.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/free_list.h"
#include "base/recycled_malloc.h"

namespace wif::tls {
namespace {

// What is allocated for a record, to be read or written.
constexpr std::size_t kLeast = 16u << 10;
constexpr std::size_t kMost = 24u << 10;

constinit thread_local FreeList<8> buffers;

void close_list() {
  buffers.close([](void* buffer) { std::free(buffer); });
}

// Where ours begin and hardly any of malloc()'s does, so that a look at the address tells.
constexpr std::size_t kPage = 4u << 10;

void* allocate(std::size_t bytes, const char*, int) {
  if (bytes < kLeast || bytes > kMost) return recycled_malloc(bytes);
  if (void* buffer = buffers.take(); buffer != nullptr) return buffer;
  close_with_thread<close_list>();
  return std::aligned_alloc(kPage, kMost);
}

void release(void* buffer, const char*, int) {
  if (buffer == nullptr) return;
  const bool may_be_ours = reinterpret_cast<std::uintptr_t>(buffer) % kPage == 0;
  const std::size_t bytes = may_be_ours ? malloc_usable_size(buffer) : 0;
  // A little more than asked for is the allocator's rounding.
  const bool fits = bytes >= kMost && bytes < kMost + 256;
  if (!fits || !buffers.keep(buffer)) recycled_free(buffer);
}

void* resize(void* old, std::size_t bytes, const char*, int) { return std::realloc(old, bytes); }

}  // namespace

void recycle_openssl_memory() {
  if (kRecycles) CRYPTO_set_mem_functions(allocate, resize, release);
}

}  // namespace wif::tls
