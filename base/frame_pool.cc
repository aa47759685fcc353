#include "base/frame_pool.h"

namespace wif::detail {
namespace {

struct FreesWithTheThread {
  ~FreesWithTheThread() {
    for (FreeFrames& list : free_frames) {
      while (list.first != nullptr) {
        FreeFrame* frame = list.first;
        list.first = frame->next;
        ::operator delete(frame);
      }
      list.count = kFramesKeptOfASize;  // what comes later is freed at once
    }
  }
};

}  // namespace

void* new_frame(std::size_t size) {
  thread_local FreesWithTheThread frees;
  static_cast<void>(frees);
  return ::operator new((size + 1) * kFrameGrain);
}

}  // namespace wif::detail
