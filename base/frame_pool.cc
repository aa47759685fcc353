#include "base/frame_pool.h"

namespace wif::detail {

constinit thread_local std::array<FreeList<256>, kFrameSizes> free_frames{};

namespace {

void close_lists() {
  for (auto& list : free_frames) list.close([](void* frame) { ::operator delete(frame); });
}

}  // namespace

void* new_frame(std::size_t size) {
  close_with_thread<close_lists>();
  return ::operator new((size + 1) * kFrameGrain);
}

}  // namespace wif::detail

namespace wif {

void trim_frames(unsigned keep) {
  for (auto& list : detail::free_frames) {
    list.trim(keep, [](void* frame) { ::operator delete(frame); });
  }
}

}  // namespace wif
