// TLS sessions with upstreams, kept for resumption: a bounded list, the oldest dropped. A ticket of
// TLS 1.3 is given out once (RFC 8446 C.4). Belongs to one worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "tls/openssl.h"

namespace wif::tls {

class UpstreamSessions {
 public:
  // A resumed handshake does not look at the certificate again: after this age it must.
  static constexpr std::chrono::hours kMaxAge{1};
  static constexpr std::size_t kPerOrigin = 4;

  // `clock` must outlive this object; `capacity` is for all origins together.
  UpstreamSessions(const Clock& clock, std::size_t capacity)
      : clock_(&clock), capacity_(capacity) {}

  void save(std::string_view host, std::uint16_t port, SslSessionPtr session);
  // The newest session of that origin, or null. TLS 1.3: removed; TLS 1.2: kept, one more owner.
  SslSessionPtr take(std::string_view host, std::uint16_t port);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string host;
    std::uint16_t port;
    SteadyTime saved_at;
    SslSessionPtr session;
  };

  const Clock* clock_;
  std::size_t capacity_;
  std::list<Entry> entries_;  // newest first
};

}  // namespace wif::tls
