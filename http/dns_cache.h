// Answers of the name service for a short time. Not thread-safe: the resolver locks.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"

namespace wif::http {

using Addresses = std::vector<asio::ip::address>;

class DnsCache {
 public:
  // getaddrinfo does not tell how long an answer holds. This is shorter than the shortest time to
  // live in common use, so a change is seen about as soon as without a cache, and long enough that
  // a burst of new connections asks once. Older answers are never used, not even while the name
  // server fails: such an address may belong to somebody else by then.
  static constexpr std::chrono::seconds kLife{10};
  // A client can make up names, so there has to be an end; real ones are a few dozen.
  static constexpr std::size_t kMaxNames = 1024;

  // nullptr when there is none or it is too old. Valid until the next put().
  const Addresses* find(std::string_view host, SteadyTime now) const;
  // Replaces what is there. The oldest name makes room for a new one.
  void put(const std::string& host, Addresses addresses, SteadyTime now);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Addresses addresses;
    SteadyTime end;
  };
  void make_room(SteadyTime now);

  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace wif::http
