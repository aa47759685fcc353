#include "http/h2_memory.h"

#include <cstdlib>

#include "base/recycled_malloc.h"

namespace wif::http {
namespace {

void* allocate(std::size_t bytes, void*) { return recycled_malloc(bytes); }
void release(void* piece, void*) { recycled_free(piece); }
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
