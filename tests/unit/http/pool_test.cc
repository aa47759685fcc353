#include "http/pool.h"

#include <gtest/gtest.h>

namespace wif::http {
namespace {

Origin origin() {
  Origin origin;
  origin.host = "bigquery.googleapis.com";
  origin.identity = "default";
  origin.policy = "inject";
  return origin;
}

// A connection must not be reused across trust: neither with another token nor where another policy
// would not have let it be opened.
TEST(PoolKey, TellsApartWhatMayNotShareAConnection) {
  const std::string key = key_of(origin());
  EXPECT_EQ(key_of(origin()), key);
  Origin other = origin();
  other.host = "storage.googleapis.com";
  EXPECT_NE(key_of(other), key);
  other = origin();
  other.port = 8443;
  EXPECT_NE(key_of(other), key);
  other = origin();
  other.tls = false;
  EXPECT_NE(key_of(other), key);
  other = origin();
  other.identity = "";
  EXPECT_NE(key_of(other), key);
  other = origin();
  other.policy = "tunnel";
  EXPECT_NE(key_of(other), key);
}

}  // namespace
}  // namespace wif::http
