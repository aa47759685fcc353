// Memory of coroutines and of what else comes and goes with a request, recycled per thread: a
// request runs through some forty coroutines, and the general allocator would be a noticeable part
// of it.
#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <string>
#include <vector>

#include "base/free_list.h"

namespace wif {
namespace detail {

inline constexpr std::size_t kFrameGrain = 64;
inline constexpr std::size_t kFrameSizes = 64;  // up to 4 KiB

extern constinit thread_local std::array<FreeList<256>, kFrameSizes> free_frames;

constexpr bool is_recycled(std::size_t bytes) {
  return kRecycles && bytes <= kFrameGrain * kFrameSizes;
}
constexpr std::size_t frame_size(std::size_t bytes) { return (bytes - 1) / kFrameGrain; }
void* new_frame(std::size_t size);  // also sees to it that the lists are freed with the thread

}  // namespace detail

// From this thread's list, else new. Throws std::bad_alloc.
inline void* take_frame(std::size_t bytes) {
  if (!detail::is_recycled(bytes)) return ::operator new(bytes);
  const std::size_t size = detail::frame_size(bytes);
  void* frame = detail::free_frames[size].take();
  return frame != nullptr ? frame : detail::new_frame(size);
}

// Frees what this thread's lists hold beyond `keep` of each size; called now and then, after
// bursts.
void trim_frames(unsigned keep);

// On any thread; `bytes` as it was taken.
inline void give_back_frame(void* frame, std::size_t bytes) noexcept {
  const bool kept =
      detail::is_recycled(bytes) && detail::free_frames[detail::frame_size(bytes)].keep(frame);
  if (!kept) ::operator delete(frame);
}

// A base of classes whose objects are made in it.
struct Recycled {
  static void* operator new(std::size_t bytes) { return take_frame(bytes); }
  static void operator delete(void* object, std::size_t bytes) noexcept {
    give_back_frame(object, bytes);
  }
};

// For containers whose memory does.
template <typename T>
struct RecycledAllocator {
  using value_type = T;
  RecycledAllocator() = default;
  template <typename U>
  RecycledAllocator(const RecycledAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) { return static_cast<T*>(take_frame(count * sizeof(T))); }
  void deallocate(T* place, std::size_t count) noexcept {
    give_back_frame(place, count * sizeof(T));
  }
  bool operator==(const RecycledAllocator&) const = default;
};
template <typename T>
using RecycledVector = std::vector<T, RecycledAllocator<T>>;
using RecycledString = std::basic_string<char, std::char_traits<char>, RecycledAllocator<char>>;

}  // namespace wif
