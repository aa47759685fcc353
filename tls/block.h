// The one buffer size of the data path: a block holds the largest head, or one batch of body that
// is sent with one system call. Blocks are recycled per thread, so steady traffic does not
// allocate; an idle connection holds none.
#pragma once

#include <cstddef>
#include <memory>

namespace wif::tls {

inline constexpr std::size_t kBlockBytes = 64u << 10;
// Room behind the batch for what TLS adds to it (22 bytes a record, and a few control records).
inline constexpr std::size_t kBlockSlack = 2u << 10;

struct Block {
  char data[kBlockBytes + kBlockSlack];
};

struct BlockReturner {
  void operator()(Block* block) const noexcept;
};
using BlockPtr = std::unique_ptr<Block, BlockReturner>;

// From this thread's free list, else new; not zeroed. Give it back on the thread that took it.
BlockPtr take_block();

// Frees what is on this thread's list beyond `keep`; called now and then so that memory returns
// after a burst.
void trim_blocks(unsigned keep);

}  // namespace wif::tls
