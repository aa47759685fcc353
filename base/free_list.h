// Pieces of memory of one size that wait for their next use. The pieces themselves are the links,
// so that keeping one allocates nothing. Plain data: as a thread_local it needs no check whether it
// was made. Not thread-safe.
#pragma once

#include <new>

#if defined(__has_feature)  // clang
#if __has_feature(address_sanitizer)
#define WIF_SEES_FREED_MEMORY
#endif
#elif defined(__SANITIZE_ADDRESS__)  // g++
#define WIF_SEES_FREED_MEMORY
#endif

namespace wif {

// Not under AddressSanitizer, which shall see every use of a piece that is free.
#ifdef WIF_SEES_FREED_MEMORY
inline constexpr bool kRecycles = false;
#else
inline constexpr bool kRecycles = true;
#endif

// Keeps at most `kMost`; more are left over from a burst.
template <unsigned kMost>
class FreeList {
 public:
  // Null where none waits.
  void* take() {
    Piece* piece = first_;
    if (piece == nullptr) return nullptr;
    first_ = piece->next;
    --count_;
    return piece;
  }
  // False: enough of them wait already, so the caller frees it.
  bool keep(void* piece) {
    if (count_ == kMost) return false;
    first_ = new (piece) Piece{first_};
    ++count_;
    return true;
  }
  // Frees those beyond `keep`.
  template <typename Free>
  void trim(unsigned keep, Free free) {
    while (count_ > keep) {
      void* piece = take();
      if (piece == nullptr) return;  // closed
      free(piece);
    }
  }
  // For the end of a thread: frees all, and keeps none that comes later.
  template <typename Free>
  void close(Free free) {
    while (void* piece = take()) free(piece);
    count_ = kMost;
  }

 private:
  struct Piece {
    Piece* next;
  };
  Piece* first_ = nullptr;
  unsigned count_ = 0;
};

// Sees to it that `close` is called when this thread ends; cheap to call again.
template <void (*close)()>
void close_with_thread() {
  struct Closer {
    ~Closer() { close(); }
  };
  thread_local Closer closer;
  static_cast<void>(closer);
}

}  // namespace wif
