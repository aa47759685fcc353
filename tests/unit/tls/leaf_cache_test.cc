#include "tls/leaf_cache.h"

#include <thread>

#include "tests/unit/tls/test_support.h"

namespace wif::tls {
namespace {

using namespace test;

class Cache : public testing::Test {
 protected:
  FakeClock clock_;
  Authority authority_ = *Authority::create({.permitted_suffixes = {"googleapis.com"}}, now());

  LeafCache make(std::size_t capacity, double rate = 0) {
    LeafCacheOptions options;
    options.capacity = capacity;
    options.leaves_per_second = rate;
    return LeafCache(authority_, std::make_shared<TicketKeys>(clock_), clock_, options);
  }
  static X509* leaf(const Result<SSL_CTX*>& context) { return SSL_CTX_get0_certificate(*context); }
};

TEST_F(Cache, GivesTheSameContextAgain) {
  LeafCache cache = make(4);
  const auto first = cache.context_for("a.googleapis.com");
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(*first, *cache.context_for("a.googleapis.com"));
  EXPECT_NE(*first, *cache.context_for("b.googleapis.com"));
  EXPECT_EQ(cache.minted(), 2u);
  EXPECT_EQ(X509_check_host(leaf(first), "a.googleapis.com", 0, 0, nullptr), 1);
}

TEST_F(Cache, DropsTheLeastRecentlyUsed) {
  LeafCache cache = make(2);
  (void)cache.context_for("a.googleapis.com");
  (void)cache.context_for("b.googleapis.com");
  (void)cache.context_for("a.googleapis.com");
  (void)cache.context_for("c.googleapis.com");
  EXPECT_EQ(cache.size(), 2u);
  (void)cache.context_for("a.googleapis.com");
  EXPECT_EQ(cache.minted(), 3u) << "a was used after b, so b went";
  (void)cache.context_for("b.googleapis.com");
  EXPECT_EQ(cache.minted(), 4u);
}

TEST_F(Cache, DroppedContextsLiveAsLongAsTheirConnections) {
  LeafCache cache = make(1);
  const SslPtr connection(SSL_new(*cache.context_for("a.googleapis.com")));
  (void)cache.context_for("b.googleapis.com");
  EXPECT_NE(SSL_get_certificate(connection.get()), nullptr);
}

TEST_F(Cache, RenewsAtTwoThirdsOfALeafsLife) {
  LeafCache cache = make(4);
  (void)cache.context_for("a.googleapis.com");
  clock_.advance(16h - 1s);
  (void)cache.context_for("a.googleapis.com");
  EXPECT_EQ(cache.minted(), 1u);
  clock_.advance(1s);
  const auto renewed = cache.context_for("a.googleapis.com");
  EXPECT_EQ(cache.minted(), 2u);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_GT(not_after(leaf(renewed)), clock_.wall() + 23h);
}

TEST_F(Cache, RationsNewLeavesOnly) {
  LeafCache cache = make(100, 3);
  for (const char* host : {"a.googleapis.com", "b.googleapis.com", "c.googleapis.com"}) {
    EXPECT_TRUE(cache.context_for(host));
  }
  const auto refused = cache.context_for("d.googleapis.com");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::kOverloaded);
  EXPECT_GT(refused.error().retry_after.count(), 0);
  EXPECT_TRUE(cache.context_for("a.googleapis.com")) << "cached ones are free";
  clock_.advance(340ms);
  EXPECT_TRUE(cache.context_for("d.googleapis.com"));
  EXPECT_FALSE(cache.context_for("e.googleapis.com"));
}

TEST_F(Cache, SmallSharesStillMakeALeaf) {
  LeafCache cache = make(4, 0.5);
  EXPECT_TRUE(cache.context_for("a.googleapis.com"));
  EXPECT_FALSE(cache.context_for("b.googleapis.com"));
  clock_.advance(2s);
  EXPECT_TRUE(cache.context_for("b.googleapis.com"));
}

TEST_F(Cache, LeafThatIsDueGoesOnUntilItExpires) {
  LeafCache cache = make(4, 1e-6);
  const auto first = cache.context_for("a.googleapis.com");
  clock_.advance(23h);
  EXPECT_EQ(*cache.context_for("a.googleapis.com"), *first);
  clock_.advance(2h);
  EXPECT_FALSE(cache.context_for("a.googleapis.com"));
}

TEST_F(Cache, UnmintableHostsAreErrorsAndNotKept) {
  LeafCache cache = make(4);
  const auto refused = cache.context_for("www.example.com");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::kInternal);
  EXPECT_EQ(cache.size(), 0u);
}

// Workers share the authority and the ticket keys; a thread sanitizer would speak up here.
TEST_F(Cache, WorkersMintAndServeAtTheSameTime) {
  const auto tickets = std::make_shared<TicketKeys>(clock_);
  const auto work = [&](int worker) {
    LeafCache cache(authority_, tickets, clock_, LeafCacheOptions());
    for (int i = 0; i < 10; ++i) {
      const std::string host = std::to_string(worker) + "-" + std::to_string(i) + ".googleapis.com";
      const auto context = cache.context_for(host);
      ASSERT_TRUE(context) << context.error().what;
      const SslCtxPtr client(SSL_CTX_new(TLS_client_method()));
      EXPECT_TRUE(Connection(client.get(), *context).handshake());
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) workers.emplace_back(work, i);
  for (std::thread& worker : workers) worker.join();
}

TEST_F(Cache, AnotherCaReplacesAllLeaves) {
  LeafCache cache = make(4);
  (void)cache.context_for("a.googleapis.com");
  cache.use(*authority_.reissue({"example.com"}, now()));
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_TRUE(cache.context_for("a.example.com"));
  EXPECT_FALSE(cache.context_for("a.googleapis.com"));
}

}  // namespace
}  // namespace wif::tls
