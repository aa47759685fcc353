// Memory of coroutines, recycled per thread: a request runs through some forty of them, and the
// general allocator would be a noticeable part of it.
#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace wif {
namespace detail {

#if defined(__SANITIZE_ADDRESS__) || defined(WIF_FUZZING)
inline constexpr bool kRecyclesFrames = false;  // so that every use of a freed frame is seen
#else
inline constexpr bool kRecyclesFrames = true;
#endif
inline constexpr std::size_t kFrameGrain = 128;
inline constexpr std::size_t kFrameSizes = 32;      // up to 4 KiB
inline constexpr unsigned kFramesKeptOfASize = 32;  // more are a burst

// Its own memory links it to the next one.
struct FreeFrame {
  FreeFrame* next;
};
struct FreeFrames {
  FreeFrame* first = nullptr;
  unsigned count = 0;
};
// Plain data, so that reading it needs no check whether it was made.
inline constinit thread_local std::array<FreeFrames, kFrameSizes> free_frames{};

constexpr bool is_recycled(std::size_t bytes) {
  return kRecyclesFrames && bytes <= kFrameGrain * kFrameSizes;
}
void* new_frame(std::size_t size);  // also sees to it that the lists are freed with the thread

}  // namespace detail

// From this thread's list, else new. Throws std::bad_alloc.
inline void* take_frame(std::size_t bytes) {
  if (!detail::is_recycled(bytes)) return ::operator new(bytes);
  const std::size_t size = (bytes - 1) / detail::kFrameGrain;
  detail::FreeFrames& list = detail::free_frames[size];
  if (list.first == nullptr) return detail::new_frame(size);
  detail::FreeFrame* frame = list.first;
  list.first = frame->next;
  --list.count;
  return frame;
}

// On any thread; `bytes` as it was taken.
inline void give_back_frame(void* frame, std::size_t bytes) noexcept {
  const std::size_t size = (bytes - 1) / detail::kFrameGrain;
  if (!detail::is_recycled(bytes) ||
      detail::free_frames[size].count == detail::kFramesKeptOfASize) {
    ::operator delete(frame);
    return;
  }
  detail::FreeFrames& list = detail::free_frames[size];
  list.first = new (frame) detail::FreeFrame{list.first};
  ++list.count;
}

}  // namespace wif
