#include "tls/block.h"

#include <vector>

namespace wif::tls {
namespace {

using FreeList = std::vector<std::unique_ptr<Block>>;

FreeList& free_list() {
  thread_local FreeList list;
  return list;
}

}  // namespace

void BlockReturner::operator()(Block* block) const noexcept {
  std::unique_ptr<Block> owned(block);
  try {
    free_list().push_back(std::move(owned));
  } catch (const std::bad_alloc&) {
    // No memory to remember it: `owned` frees it.
  }
}

BlockPtr take_block() {
  FreeList& list = free_list();
  if (list.empty()) return BlockPtr(new Block);  // left uninitialised on purpose
  Block* block = list.back().release();
  list.pop_back();
  return BlockPtr(block);
}

void trim_blocks(std::size_t keep) {
  FreeList& list = free_list();
  if (list.size() > keep) list.resize(keep);
}

}  // namespace wif::tls
