// Memory of coroutines, recycled per thread: a request runs through some forty of them, and the
// general allocator would be a noticeable part of it.
#pragma once

#include <cstddef>

namespace wif {

// From this thread's list, else new. Throws std::bad_alloc.
void* take_frame(std::size_t bytes);

// On the thread that took it or another one; `bytes` as it was taken.
void give_back_frame(void* frame, std::size_t bytes) noexcept;

}  // namespace wif
