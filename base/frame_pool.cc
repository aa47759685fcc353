#include "base/frame_pool.h"

namespace wif::detail {
namespace {

struct FreesWithTheThread {
  ~FreesWithTheThread() {
    for (auto& list : free_frames) list.close([](void* frame) { ::operator delete(frame); });
  }
};

}  // namespace

void* new_frame(std::size_t size) {
  thread_local FreesWithTheThread frees;
  static_cast<void>(frees);
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
