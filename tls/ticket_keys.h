// The keys under which session tickets are sealed (RFC 5077 4, RFC 8446 4.6.1; ): random per
// process, a new one each hour, the one before accepted for an hour more. One object is shared by
// the contexts of all workers, so that a client may resume on another worker or after its leaf was
// renewed. Thread-safe: a mutex is held for a copy of 80 bytes, once per ticket.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/result.h"

namespace wif::tls {

class TicketKeys {
 public:
  static constexpr std::chrono::hours kRotation{1};

  struct Key {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> aes{};
    std::array<unsigned char, 32> hmac{};
    SteadyTime made_at{};
    ~Key();
  };

  // `clock` must outlive this object.
  explicit TicketKeys(const Clock& clock) : clock_(&clock) {}
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  // The key for new tickets; makes the next one when an hour is over. nullopt when there is no
  // randomness: then no ticket is issued.
  std::optional<Key> current();

  struct Found {
    Key key;
    bool renew = false;  // sealed under the key before: answer with a new ticket
  };
  // The key that a ticket names, nullopt when unknown or too old.
  std::optional<Found> find(const unsigned char* name);

 private:
  bool rotate(SteadyTime now);

  const Clock* clock_;
  std::mutex mutex_;
  std::optional<Key> current_;
  std::optional<Key> previous_;
};

}  // namespace wif::tls
