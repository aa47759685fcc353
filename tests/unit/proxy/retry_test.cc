// What may be sent twice: threat-model.md 7, row by row. The rows of a 401, of GOAWAY and of other
// addresses are not may_retry()'s: they are told apart before it is asked.
#include <gtest/gtest.h>

#include <string>

#include "proxy/forward.h"

namespace wif::proxy {
namespace {

// The one attempt that is made again.
FailedAttempt repeatable() {
  FailedAttempt attempt;
  attempt.method = "GET";
  attempt.reused_connection = true;
  return attempt;
}
bool retried(const FailedAttempt& attempt, Reason reason = Reason::kUpstreamClosed) {
  return may_retry(attempt, Error(reason, "x"));
}

TEST(MayRetry, ClosedBeforeAnyByteOnAReusedConnection) { EXPECT_TRUE(retried(repeatable())); }

TEST(MayRetry, NotOnAFreshConnection) {
  FailedAttempt attempt = repeatable();
  attempt.reused_connection = false;
  EXPECT_FALSE(retried(attempt));
}

TEST(MayRetry, NotOnceAByteOfTheAnswerCame) {
  FailedAttempt attempt = repeatable();
  attempt.answered = true;
  EXPECT_FALSE(retried(attempt));
}

TEST(MayRetry, OnlyOnce) {
  FailedAttempt attempt = repeatable();
  attempt.repeated = true;
  EXPECT_FALSE(retried(attempt));
}

TEST(MayRetry, NotWhenABodyByteIsLost) {
  FailedAttempt attempt = repeatable();
  attempt.method = "PUT";
  EXPECT_TRUE(retried(attempt));
  attempt.body_at_hand = false;
  EXPECT_FALSE(retried(attempt));
}

//
TEST(MayRetry, OnlyIdempotentMethods) {
  for (const std::string_view method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) {
    FailedAttempt attempt = repeatable();
    attempt.method = method;
    EXPECT_TRUE(retried(attempt)) << method;
  }
  for (const std::string_view method :
       {"POST", "PATCH", "CONNECT", "TRACE", "get", "", "PROPFIND"}) {
    FailedAttempt attempt = repeatable();
    attempt.method = method;
    EXPECT_FALSE(retried(attempt)) << method;
  }
}

// DNS, connect, certificate, malformed answer, silence: none of them is "closed".
TEST(MayRetry, NoOtherFailure) {
  for (int i = 0; i <= static_cast<int>(Reason::kConfiguration); ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_EQ(retried(repeatable(), reason), reason == Reason::kUpstreamClosed) << i;
  }
}

// RFC 9113 8.7: what the upstream says it did not begin may be sent again, whatever the method and
// however new the connection; but once, and only whole.
TEST(Retry, UnprocessedRequestsAreSentAgainWhateverTheMethod) {
  Error refused(Reason::kUpstreamClosed, "REFUSED_STREAM");
  refused.unprocessed = true;
  FailedAttempt attempt;
  attempt.method = "POST";
  EXPECT_TRUE(may_retry(attempt, refused));
  attempt.repeated = true;
  EXPECT_FALSE(may_retry(attempt, refused));
  attempt.repeated = false;
  attempt.body_at_hand = false;
  EXPECT_FALSE(may_retry(attempt, refused));
}

}  // namespace
}  // namespace wif::proxy
