#include "tls/leaf_cache.h"

#include <algorithm>
#include <utility>

namespace wif::tls {

LeafCache::LeafCache(Authority authority, std::shared_ptr<TicketKeys> tickets, const Clock& clock,
                     LeafCacheOptions options)
    : authority_(std::move(authority)),
      tickets_(std::move(tickets)),
      clock_(&clock),
      options_(std::move(options)),
      permits_(std::max(1.0, options_.leaves_per_second)),
      refilled_at_(clock.now()) {}

Result<SSL_CTX*> LeafCache::context_for(std::string_view host) {
  const auto found = by_host_.find(host);
  if (found == by_host_.end()) {
    TRY(Entry entry, make_entry(host));
    return insert(std::move(entry));
  }
  const auto entry = found->second;
  entries_.splice(entries_.begin(), entries_, entry);
  const SystemTime now = clock_->wall();
  if (now < entry->renew_at) return entry->context.get();
  auto fresh = make_entry(host);
  if (fresh) return insert(*std::move(fresh));
  if (now < entry->not_after) return entry->context.get();
  return std::move(fresh).error();
}

void LeafCache::use(Authority authority) {
  authority_ = std::move(authority);
  by_host_.clear();
  entries_.clear();
}

Result<LeafCache::Entry> LeafCache::make_entry(std::string_view host) {
  if (!take_permit()) {
    Error error(Reason::kOverloaded,
                "too many new certificates per second (limits.max_leaf_rate); try again");
    error.retry_after = std::chrono::seconds(1);
    return error;
  }
  TRY(const Leaf leaf, authority_.mint(host, clock_->wall(), options_.leaf_lifetime));
  TRY(SslCtxPtr context, make_leaf_context(leaf, tickets_, options_.alpn));
  ++minted_;
  return Entry{std::string(host), std::move(context), leaf.renew_at, leaf.not_after};
}

SSL_CTX* LeafCache::insert(Entry entry) {
  if (const auto old = by_host_.find(entry.host); old != by_host_.end()) {
    const auto position = old->second;
    by_host_.erase(old);
    entries_.erase(position);
  }
  entries_.push_front(std::move(entry));
  by_host_.emplace(entries_.front().host, entries_.begin());
  if (entries_.size() > std::max<std::size_t>(1, options_.capacity)) {
    by_host_.erase(entries_.back().host);
    entries_.pop_back();
  }
  return entries_.front().context.get();
}

// A token bucket that holds one second's worth.
bool LeafCache::take_permit() {
  if (options_.leaves_per_second <= 0) return true;
  const SteadyTime now = clock_->now();
  const double seconds = std::chrono::duration<double>(now - refilled_at_).count();
  refilled_at_ = now;
  permits_ = std::min(std::max(1.0, options_.leaves_per_second),
                      permits_ + seconds * options_.leaves_per_second);
  if (permits_ < 1) return false;
  permits_ -= 1;
  return true;
}

}  // namespace wif::tls
