#include "tls/record_buffers.h"

#include <malloc.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/free_list.h"

namespace wif::tls {
namespace {

// What is allocated for a record to be written.
constexpr std::size_t kLeastForWriting = 16u << 10;
constexpr std::size_t kWritingBytes = 24u << 10;

// Before each record OpenSSL moves all that it has read ahead so that the payload lies on a
// multiple of eight, unless a payload at the start of the buffer would: so a buffer for reading
// starts five bytes, a record's header, before one.
constexpr std::size_t kShift = 3;

constinit thread_local FreeList<4> for_writing;
constinit thread_local FreeList<4> for_reading;

struct FreesWithTheThread {
  ~FreesWithTheThread() {
    for_writing.close([](void* buffer) { std::free(buffer); });
    for_reading.close([](void* buffer) { std::free(buffer); });
  }
};

void* take(FreeList<4>& list, std::size_t bytes) {
  if (void* buffer = list.take(); buffer != nullptr) return buffer;
  thread_local FreesWithTheThread frees;
  static_cast<void>(frees);
  return std::malloc(bytes);
}

bool is_for_reading(const void* buffer) {
  return reinterpret_cast<std::uintptr_t>(buffer) % 8 == kShift;
}

void* allocate(std::size_t bytes, const char*, int) {
  if (bytes == kReadAheadBytes) {
    void* buffer = take(for_reading, kReadAheadBytes + kShift);
    return buffer == nullptr ? nullptr : static_cast<char*>(buffer) + kShift;
  }
  if (bytes < kLeastForWriting || bytes > kWritingBytes) return std::malloc(bytes);
  return take(for_writing, kWritingBytes);
}

void release(void* buffer, const char*, int) {
  if (buffer == nullptr) return;
  if (is_for_reading(buffer)) {
    void* whole = static_cast<char*>(buffer) - kShift;
    if (!for_reading.keep(whole)) std::free(whole);
    return;
  }
  const std::size_t bytes = malloc_usable_size(buffer);
  // A little more than asked for is the allocator's rounding.
  const bool fits = bytes >= kWritingBytes && bytes < kWritingBytes + 256;
  if (!fits || !for_writing.keep(buffer)) std::free(buffer);
}

void* resize(void* old, std::size_t bytes, const char* file, int line) {
  if (old == nullptr || !is_for_reading(old)) return std::realloc(old, bytes);
  void* moved = allocate(bytes, file, line);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, old, std::min(bytes, kReadAheadBytes));
  release(old, file, line);
  return moved;
}

}  // namespace

void recycle_record_buffers() {
  if (kRecycles) CRYPTO_set_mem_functions(allocate, resize, release);
}

}  // namespace wif::tls
