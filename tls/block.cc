#include "tls/block.h"

#include <new>

#include "base/free_list.h"

namespace wif::tls {
namespace {

constinit thread_local FreeList<1024> blocks;

void free_block(void* block) { delete static_cast<Block*>(block); }
void close_list() { blocks.close(free_block); }

}  // namespace

void BlockReturner::operator()(Block* block) const noexcept {
  if (!kRecycles || !blocks.keep(block)) delete block;
}

BlockPtr take_block() {
  // Left uninitialised on purpose.
  if (void* block = blocks.take(); block != nullptr) return BlockPtr(new (block) Block);
  close_with_thread<close_list>();
  return BlockPtr(new Block);
}

void trim_blocks(unsigned keep) { blocks.trim(keep, free_block); }

}  // namespace wif::tls
