#include "tls/block.h"

#include <sys/mman.h>

#include <new>

#include "base/free_list.h"

namespace wif::tls {
namespace {

constinit thread_local FreeList<1024> blocks;

// Not from malloc(), which gives back only what lies above all that is still in use. But that is
// what AddressSanitizer guards.
void* new_block() {
  if (!kRecycles) return ::operator new(sizeof(Block));
  void* block =
      ::mmap(nullptr, sizeof(Block), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) throw std::bad_alloc();
  return block;
}

void free_block(void* block) {
  if (!kRecycles) return ::operator delete(block);
  ::munmap(block, sizeof(Block));
}

void close_list() { blocks.close(free_block); }

}  // namespace

void BlockReturner::operator()(Block* block) const noexcept {
  if (!kRecycles || !blocks.keep(block)) free_block(block);
}

BlockPtr take_block() {
  void* block = blocks.take();
  if (block == nullptr) {
    close_with_thread<close_list>();
    block = new_block();
  }
  return BlockPtr(new (block) Block);  // left uninitialised on purpose
}

void trim_blocks(unsigned keep) { blocks.trim(keep, free_block); }

}  // namespace wif::tls
