#include "tls/ticket_keys.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

namespace wif::tls {

TicketKeys::Key::~Key() {
  OPENSSL_cleanse(aes.data(), aes.size());
  OPENSSL_cleanse(hmac.data(), hmac.size());
}

std::optional<TicketKeys::Key> TicketKeys::current() {
  const SteadyTime now = clock_->now();
  const std::lock_guard lock(mutex_);
  if (!rotate(now)) return std::nullopt;
  return current_;
}

std::optional<TicketKeys::Found> TicketKeys::find(const unsigned char* name) {
  const SteadyTime now = clock_->now();
  const std::lock_guard lock(mutex_);
  if (!rotate(now)) return std::nullopt;
  for (const auto* key : {&current_, &previous_}) {
    if (*key && std::equal((*key)->name.begin(), (*key)->name.end(), name)) {
      return Found{**key, key == &previous_};
    }
  }
  return std::nullopt;
}

// Keys change when they are needed, not by a timer; after a quiet time of two hours both go.
bool TicketKeys::rotate(SteadyTime now) {
  const auto is_over = [&](const std::optional<Key>& key) {
    return key && now - key->made_at >= 2 * kRotation;
  };
  if (is_over(previous_)) previous_.reset();
  if (current_ && now - current_->made_at < kRotation) return true;
  Key fresh;
  fresh.made_at = now;
  if (RAND_bytes(fresh.name.data(), static_cast<int>(fresh.name.size())) != 1 ||
      RAND_priv_bytes(fresh.aes.data(), static_cast<int>(fresh.aes.size())) != 1 ||
      RAND_priv_bytes(fresh.hmac.data(), static_cast<int>(fresh.hmac.size())) != 1) {
    return false;
  }
  previous_ = is_over(current_) ? std::nullopt : current_;
  current_ = fresh;
  return true;
}

}  // namespace wif::tls
