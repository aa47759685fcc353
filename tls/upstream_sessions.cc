#include "tls/upstream_sessions.h"

#include <utility>

namespace wif::tls {

// A linear search: the list is short, and the handshake beside it costs a hundred times as much.
void UpstreamSessions::save(std::string_view host, std::uint16_t port, SslSessionPtr session) {
  if (capacity_ == 0 || SSL_SESSION_is_resumable(session.get()) != 1) return;
  std::size_t of_origin = 0;
  auto oldest = entries_.end();
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (it->port != port || it->host != host) continue;
    ++of_origin;
    oldest = it;
  }
  if (of_origin >= kPerOrigin) entries_.erase(oldest);
  entries_.push_front({std::string(host), port, clock_->now(), std::move(session)});
  if (entries_.size() > capacity_) entries_.pop_back();
}

SslSessionPtr UpstreamSessions::take(std::string_view host, std::uint16_t port) {
  const SteadyTime now = clock_->now();
  while (!entries_.empty() && now - entries_.back().saved_at >= kMaxAge) entries_.pop_back();
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (it->port != port || it->host != host) continue;
    if (SSL_SESSION_get_protocol_version(it->session.get()) < TLS1_3_VERSION) {
      SSL_SESSION_up_ref(it->session.get());
      return SslSessionPtr(it->session.get());
    }
    SslSessionPtr session = std::move(it->session);
    entries_.erase(it);
    return session;
  }
  return nullptr;
}

}  // namespace wif::tls
