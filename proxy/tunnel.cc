#include "proxy/tunnel.h"

#include "base/ready_queue.h"
#include "tls/block.h"
#include "tls/event.h"

namespace wif::proxy {
namespace {

using State = tls::IoResult::State;

// What both directions share.
struct Both {
  Both(tls::TcpConnection& client, tls::TcpConnection& upstream, std::chrono::milliseconds idle_in)
      : idle(idle_in), left(client), right(upstream) {}

  void progress() {
    left.limit(idle);
    right.limit(idle);
  }
  void fail() {
    left.shutdown();
    right.shutdown();
  }

  std::chrono::milliseconds idle;
  tls::TcpConnection& left;
  tls::TcpConnection& right;
};

// One direction, until its end, which is passed on as a FIN.
Task<void> pump(tls::TcpConnection& from, tls::TcpConnection& to, Both& both,
                std::uint64_t& count) {
  for (;;) {
    tls::BlockPtr block = tls::take_block();
    const auto got = from.read(block->data, tls::kBlockBytes);
    if (got.state == State::kWouldBlock) {
      block.reset();  // a silent tunnel holds no buffer
      co_await from.readable();
      continue;
    }
    if (got.state == State::kEof) break;
    bool sent = false;
    if (got.state == State::kDone) sent = co_await to.write_all({block->data, got.bytes});
    if (!sent) {
      both.fail();
      co_return;
    }
    count += got.bytes;
    both.progress();
  }
  to.shutdown_write();
}

}  // namespace

Task<TunnelBytes> tunnel(tls::TcpConnection& client, tls::TcpConnection& upstream,
                         std::string_view already_read, std::chrono::milliseconds idle) {
  TunnelBytes bytes;
  Both both(client, upstream, idle);
  both.progress();
  const Executor executor = client.executor();
  tls::Event down_done(executor);
  bool down_running = true;
  spawn(executor, pump(upstream, client, both, bytes.down),
        [&down_running, &down_done, &both](const std::exception_ptr& failure) {
          if (failure) both.fail();
          down_running = false;
          down_done.notify();
        });
  const bool sent = co_await upstream.write_all(already_read);
  bytes.up = already_read.size();
  if (sent) {
    co_await pump(client, upstream, both, bytes.up);
  } else {
    both.fail();
  }
  while (down_running) co_await down_done.wait();
  co_return bytes;
}

}  // namespace wif::proxy
