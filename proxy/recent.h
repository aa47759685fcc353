// What a request needs and the next one mostly needs again: looked up once for a connection, and
// held once for all connections that go to the same place. Belongs to one worker.
#pragma once

#include <memory>
#include <string>

#include "http/pool.h"
#include "proxy/policy.h"

namespace wif::proxy {

struct Destination {
  http::Origin origin;
  std::string authority;  // Host to send there
};

struct Recent {
  std::shared_ptr<const Destination> destination;
  std::shared_ptr<const HostRules> rules;
};

// Leaves in `own` what `fits`: itself, else what `shared` holds, else a new one, which both hold
// then.
template <typename T, typename Fits, typename Make>
void recall(std::shared_ptr<const T>& own, std::shared_ptr<const T>& shared, Fits fits, Make make) {
  if (own && fits(*own)) return;
  if (!shared || !fits(*shared)) shared = std::make_shared<const T>(make());
  own = shared;
}

}  // namespace wif::proxy
