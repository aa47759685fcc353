// One lookup for everybody who asks, kept for a few seconds; and what is made of it when dialling.
#include "http/resolver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <future>
#include <thread>

#include "http/dial.h"
#include "tests/support/run_task.h"

namespace wif::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class FakeClock : public Clock {
 public:
  SteadyTime now() const override { return SteadyTime(elapsed.load()); }
  void advance(milliseconds by) { elapsed.store(elapsed.load() + by); }

 private:
  std::atomic<std::chrono::nanoseconds> elapsed{seconds(1000)};
};

Addresses address(const std::string& text) { return {asio::ip::make_address(text)}; }

TEST(DnsCache, ForgetsAfterItsTime) {
  DnsCache cache;
  const SteadyTime now{};
  cache.put("a.example", address("192.0.2.1"), now);
  ASSERT_NE(cache.find("a.example", now + DnsCache::kLife - milliseconds(1)), nullptr);
  EXPECT_EQ(cache.find("a.example", now + DnsCache::kLife), nullptr);
  EXPECT_EQ(cache.find("b.example", now), nullptr);
  cache.put("a.example", address("192.0.2.2"), now + DnsCache::kLife);
  EXPECT_EQ(*cache.find("a.example", now + DnsCache::kLife), address("192.0.2.2"));
}

// Names that a client makes up must not grow it without end, nor push out what is newer.
TEST(DnsCache, OldestNameMakesRoom) {
  DnsCache cache;
  SteadyTime now{};
  for (std::size_t i = 0; i <= DnsCache::kMaxNames; ++i) {
    cache.put("host" + std::to_string(i), address("192.0.2.1"), now += milliseconds(1));
  }
  EXPECT_EQ(cache.size(), DnsCache::kMaxNames);
  EXPECT_EQ(cache.find("host0", now), nullptr);
  EXPECT_NE(cache.find("host1", now), nullptr);
  EXPECT_NE(cache.find("host" + std::to_string(DnsCache::kMaxNames), now), nullptr);
  cache.put("late", address("192.0.2.1"), now + DnsCache::kLife);
  EXPECT_EQ(cache.size(), 1u);
}

class ResolverTest : public testing::Test {
 protected:
  Resolver make(Resolver::LookUp look_up) {
    return Resolver(4, clock, [this, look_up = std::move(look_up)](const std::string& host) {
      ++asked;
      return look_up(host);
    });
  }
  // The first address, or the Proxy-Status of the failure.
  std::string resolve(Resolver& resolver, const std::string& host,
                      milliseconds limit = seconds(20)) {
    const auto result = run(io, resolver.resolve(host, io.get_executor(), limit));
    return result ? result->front().to_string() : std::string(result.error().proxy_status);
  }

  FakeClock clock;
  std::atomic<int> asked{0};
  asio::io_context io{1};
};

TEST_F(ResolverTest, AsksAgainWhenTheAnswerIsOld) {
  std::atomic<int> round{0};
  Resolver resolver =
      make([&](const std::string&) { return address("192.0.2." + std::to_string(++round)); });
  EXPECT_EQ(resolve(resolver, "a.example"), "192.0.2.1");
  EXPECT_EQ(resolve(resolver, "a.example"), "192.0.2.1");
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(resolve(resolver, "b.example"), "192.0.2.2");
  clock.advance(DnsCache::kLife);
  EXPECT_EQ(resolve(resolver, "a.example"), "192.0.2.3");
}

// A failure may be over in a moment, so it is not kept; nor does an old answer stand in for it.
TEST_F(ResolverTest, FailuresAreNotKept) {
  std::atomic<bool> known{false};
  Resolver resolver =
      make([&](const std::string&) { return known ? address("192.0.2.1") : Addresses(); });
  EXPECT_EQ(resolve(resolver, "a.example"), "dns_error");
  known = true;
  EXPECT_EQ(resolve(resolver, "a.example"), "192.0.2.1");
  known = false;
  clock.advance(DnsCache::kLife);
  EXPECT_EQ(resolve(resolver, "a.example"), "dns_error");
}

TEST_F(ResolverTest, LookupThatThrowsIsAFailure) {
  Resolver resolver = make([](const std::string&) -> Addresses { throw std::bad_alloc(); });
  EXPECT_EQ(resolve(resolver, "a.example"), "dns_error");
}

// A burst of connections to one host would otherwise occupy every thread with the same question.
TEST_F(ResolverTest, OneLookupForEverybodyWhoWaits) {
  std::promise<void> answer;
  const auto may_answer = answer.get_future().share();
  Resolver resolver = make([&](const std::string&) {
    may_answer.wait();
    return address("192.0.2.1");
  });
  std::vector<std::optional<Result<Addresses>>> results(10);
  for (auto& result : results) {
    spawn(io.get_executor(),
          store(resolver.resolve("a.example", io.get_executor(), seconds(20)), result),
          [](const std::exception_ptr& failure) { EXPECT_FALSE(failure); });
  }
  io.poll();  // all of them wait now
  answer.set_value();
  io.restart();
  io.run();
  for (const auto& result : results) {
    ASSERT_TRUE(result && *result);
    EXPECT_EQ(**result, address("192.0.2.1"));
  }
  EXPECT_EQ(asked, 1);
}

// Who gives up leaves the lookup to those who come after.
TEST_F(ResolverTest, SlowAnswerIsATimeoutAndServesTheNext) {
  std::promise<void> answer;
  const auto may_answer = answer.get_future().share();
  Resolver resolver = make([&](const std::string&) {
    may_answer.wait();
    return address("192.0.2.1");
  });
  EXPECT_EQ(resolve(resolver, "a.example", milliseconds(20)), "dns_timeout");
  answer.set_value();
  EXPECT_EQ(resolve(resolver, "a.example"), "192.0.2.1");
  EXPECT_EQ(asked, 1);
}

// Workers ask from their own threads.
TEST_F(ResolverTest, ServesManyThreads) {
  Resolver resolver = make([&](const std::string& host) {
    return address("192.0.2." + host.substr(0, host.find('.')));
  });
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      asio::io_context own{1};
      for (int round = 0; round < 200; ++round) {
        const std::string number = std::to_string(round % 7);
        const auto result =
            run(own, resolver.resolve(number + ".example", own.get_executor(), seconds(20)));
        ASSERT_TRUE(result);
        EXPECT_EQ(*result, address("192.0.2." + number));
        if (round % 50 == 0) clock.advance(DnsCache::kLife);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
}

// A kept answer is judged like a new one: whether an address may be dialled depends on who asks for
// what.
TEST_F(ResolverTest, AddressPolicyHoldsForKeptAnswers) {
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor(
      io.get_executor(), {asio::ip::make_address("127.0.0.1"), 0});
  Resolver resolver = make([](const std::string&) { return address("127.0.0.1"); });
  tls::DeadlineList deadlines;
  const DialTimeouts timeouts;
  Dialer dialer(io.get_executor(), resolver, deadlines, timeouts);
  DialTarget target;
  target.host = "a.example";
  target.port = acceptor.local_endpoint().port();
  target.allowed = [](const asio::ip::address&) { return true; };
  EXPECT_TRUE(run(io, dialer.connect(target)));
  target.allowed = [](const asio::ip::address&) { return false; };
  const auto refused = run(io, dialer.connect(target));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::kPrivateAddress);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace wif::http
