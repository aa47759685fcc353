// Bytes both ways, unseen, with half-close: each direction ends by itself. Belongs to one worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/task.h"
#include "tls/tcp.h"

namespace wif::proxy {

struct TunnelBytes {
  std::uint64_t up = 0;  // client to upstream
  std::uint64_t down = 0;
};

// Until both directions have ended, either fails, or nothing moves for `idle`. `already_read` are
// bytes of the client that came before. The connections outlive the task.
Task<TunnelBytes> tunnel(tls::TcpConnection& client, tls::TcpConnection& upstream,
                         std::string_view already_read, std::chrono::milliseconds idle);

}  // namespace wif::proxy
