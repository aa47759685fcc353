#include "base/frame_pool.h"

#include <array>
#include <new>

namespace wif {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(WIF_FUZZING)
constexpr bool kRecycles = false;  // the sanitizer shall see every use of a frame that is gone
#else
constexpr bool kRecycles = true;
#endif

constexpr std::size_t kGrain = 128;
constexpr std::size_t kClasses = 32;  // frames of up to 4 KiB
constexpr unsigned kKept = 32;        // of each size; more are a burst

// Its own memory is the link to the next free frame.
struct Free {
  Free* next;
};

class Pool {
 public:
  ~Pool() {
    for (List& list : lists_) {
      while (list.first != nullptr) ::operator delete(pop(list));
    }
  }

  void* take(std::size_t size_class) {
    List& list = lists_[size_class];
    return list.first != nullptr ? pop(list) : ::operator new((size_class + 1) * kGrain);
  }

  void give_back(void* frame, std::size_t size_class) {
    List& list = lists_[size_class];
    if (list.count == kKept) {
      ::operator delete(frame);
      return;
    }
    list.first = new (frame) Free{list.first};
    ++list.count;
  }

 private:
  struct List {
    Free* first = nullptr;
    unsigned count = 0;
  };

  static void* pop(List& list) {
    Free* frame = list.first;
    list.first = frame->next;
    --list.count;
    return frame;
  }

  std::array<List, kClasses> lists_{};
};

thread_local Pool pool;

constexpr bool is_pooled(std::size_t bytes) { return kRecycles && bytes <= kClasses * kGrain; }

}  // namespace

void* take_frame(std::size_t bytes) {
  return is_pooled(bytes) ? pool.take((bytes - 1) / kGrain) : ::operator new(bytes);
}

void give_back_frame(void* frame, std::size_t bytes) noexcept {
  if (is_pooled(bytes)) {
    pool.give_back(frame, (bytes - 1) / kGrain);
  } else {
    ::operator delete(frame);
  }
}

}  // namespace wif
