#include "http/dns_cache.h"

#include <algorithm>
#include <utility>

namespace wif::http {

const Addresses* DnsCache::find(std::string_view host, SteadyTime now) const {
  const auto entry = entries_.find(host);
  return entry != entries_.end() && now < entry->second.end ? &entry->second.addresses : nullptr;
}

void DnsCache::put(const std::string& host, Addresses addresses, SteadyTime now) {
  if (entries_.size() >= kMaxNames && !entries_.contains(host)) make_room(now);
  entries_[host] = Entry{std::move(addresses), now + kLife};
}

void DnsCache::make_room(SteadyTime now) {
  std::erase_if(entries_, [now](const auto& entry) { return entry.second.end <= now; });
  if (entries_.size() < kMaxNames) return;
  entries_.erase(
      std::min_element(entries_.begin(), entries_.end(),
                       [](const auto& a, const auto& b) { return a.second.end < b.second.end; }));
}

}  // namespace wif::http
