// malloc() and free() for libraries in C that take them as hooks: small pieces wait for their next
// use in a list of their thread. malloc has lists of that kind, too, but keeps no more than seven
// pieces of each size and takes some 170 instructions for a piece that comes and goes, against 50.
// Thread-safe; a piece may be freed on any thread.
#pragma once

#include <cstddef>

namespace wif {

// As malloc(3) and free(3), which may take each other's pieces.
void* recycled_malloc(std::size_t bytes) noexcept;
void recycled_free(void* piece) noexcept;

// Frees what this thread's lists hold beyond `keep` of each size; called now and then, after
// bursts.
void trim_recycled_malloc(unsigned keep);

}  // namespace wif
