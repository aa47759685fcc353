// Ready server contexts by host, the least recently used dropped. Belongs to one worker; mints
// through the shared Authority. New leaves are rationed against a flood of names inside a wildcard
//
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "tls/authority.h"
#include "tls/contexts.h"

namespace wif::tls {

struct LeafCacheOptions {
  std::size_t capacity = 1024;    // this worker's share; at least 1
  double leaves_per_second = 50;  // this worker's share; also the burst (at least 1); 0 = no limit
  std::chrono::seconds leaf_lifetime{24 * 3600};
  std::vector<std::string> alpn{"h2", "http/1.1"};
};

class LeafCache {
 public:
  // `clock` must outlive this object.
  LeafCache(Authority authority, std::shared_ptr<TicketKeys> tickets, const Clock& clock,
            LeafCacheOptions options);

  // The context for a normalised host that an inject rule covers; minted when there is none or two
  // thirds of its leaf's life are over. Borrowed until the next call (SSL_new takes its own share).
  // Errors: kOverloaded beyond the rate; kInternal of Authority::mint. A leaf that is due but
  // cannot be renewed goes on until it expires.
  Result<SSL_CTX*> context_for(std::string_view host);

  // After a reload that issued the CA anew: later leaves come from `authority`, all old ones go.
  void use(Authority authority);

  std::size_t size() const { return entries_.size(); }
  std::uint64_t minted() const { return minted_; }

 private:
  struct Entry {
    std::string host;
    SslCtxPtr context;
    SystemTime renew_at;
    SystemTime not_after;
  };
  using Entries = std::list<Entry>;  // most recently used first

  Result<Entry> make_entry(std::string_view host);
  SSL_CTX* insert(Entry entry);
  bool take_permit();

  Authority authority_;
  std::shared_ptr<TicketKeys> tickets_;
  const Clock* clock_;
  LeafCacheOptions options_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_host_;  // keys live in entries_
  double permits_;
  SteadyTime refilled_at_;
  std::uint64_t minted_ = 0;
};

}  // namespace wif::tls
