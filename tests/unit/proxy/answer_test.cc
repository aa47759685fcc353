#include "proxy/answer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/run_task.h"

namespace wif::proxy {
namespace {

using nlohmann::json;

// Keeps what it is told.
class FakeStream final : public http::ServerStream {
 public:
  explicit FakeStream(std::string_view method) { head_.method = method; }

  http::RequestHead& head() override { return head_; }
  Task<Result<void>> respond(const http::ResponseHead& head, bool last) override {
    status = head.status;
    phrase = head.reason;
    length = head.content_length;
    for (const auto& field : head.headers.fields()) {
      fields.emplace_back(std::string(field.name) + ": " + std::string(field.value));
    }
    ended = last;
    closed_when_answered = closes;
    co_return Result<void>();
  }
  Task<Result<void>> write(std::string_view bytes, bool last) override {
    body += bytes;
    ended = last;
    co_return Result<void>();
  }
  Task<Result<void>> finish(const http::Headers&) override { co_return Result<void>(); }
  Task<Result<void>> flush() override { co_return Result<void>(); }
  Task<Result<http::Chunk>> read() override { co_return http::Chunk{{}, true}; }
  bool ready() const override { return true; }
  const http::Headers& trailers() const override { return none_; }
  void reset() override {}
  bool body_done() const override { return body_was_read; }
  void close_after() override { closes = true; }
  Task<void> drain(std::size_t) override { co_return; }
  void limit_reading(std::chrono::milliseconds) override {}
  void when_gone(std::function<void()>) override {}

  bool has(const std::string& field) const {
    return std::find(fields.begin(), fields.end(), field) != fields.end();
  }

  bool body_was_read = true;
  int status = 0;
  std::string phrase;
  std::optional<std::uint64_t> length;
  std::vector<std::string> fields;
  std::string body;
  bool ended = false;
  bool closes = false;
  bool closed_when_answered = false;

 private:
  http::RequestHead head_;
  http::Headers none_;
};

void run(Task<Result<void>> task) {
  const Result<void> result = wif::run(std::move(task));
  EXPECT_TRUE(result);
}

AnswerContext context() {
  AnswerContext context;
  context.request_id = "7f3a";
  context.identity = "default";
  context.rule = 1;
  return context;
}

struct Row {
  Reason reason;
  const char* name;
  const char* camel;
  int status;
  const char* google;
  const char* proxy_status;
};

// The table of what a client sees, once more, so that a change of one is noticed.
const std::vector<Row>& rows() {
  static const std::vector<Row> kRows{
      {Reason::kRuleDenied, "RULE_DENIED", "ruleDenied", 403, "PERMISSION_DENIED",
       "http_request_denied"},
      {Reason::kClientNotAllowed, "CLIENT_NOT_ALLOWED", "clientNotAllowed", 403,
       "PERMISSION_DENIED", "http_request_denied"},
      {Reason::kClientCredential, "CLIENT_CREDENTIAL", "clientCredential", 400, "INVALID_ARGUMENT",
       "http_request_denied"},
      {Reason::kPrivateAddress, "PRIVATE_ADDRESS", "privateAddress", 403, "PERMISSION_DENIED",
       "destination_ip_prohibited"},
      {Reason::kHostMismatch, "HOST_MISMATCH", "hostMismatch", 421, "FAILED_PRECONDITION",
       "http_request_error"},
      {Reason::kBadRequest, "BAD_REQUEST", "badRequest", 400, "INVALID_ARGUMENT",
       "http_request_error"},
      {Reason::kHeadersTooLarge, "HEADERS_TOO_LARGE", "headersTooLarge", 431, "RESOURCE_EXHAUSTED",
       "http_request_error"},
      {Reason::kTokenUnavailable, "TOKEN_UNAVAILABLE", "tokenUnavailable", 503, "UNAVAILABLE",
       "proxy_internal_error"},
      {Reason::kFederationRefused, "FEDERATION_REFUSED", "federationRefused", 403,
       "PERMISSION_DENIED", "proxy_configuration_error"},
      {Reason::kUpstreamConnect, "UPSTREAM_CONNECT", "upstreamConnect", 502, "UNAVAILABLE",
       "destination_unavailable"},
      {Reason::kUpstreamTls, "UPSTREAM_TLS", "upstreamTls", 502, "UNAVAILABLE",
       "tls_certificate_error"},
      {Reason::kUpstreamNoHttp2, "UPSTREAM_NO_HTTP2", "upstreamNoHttp2", 502, "UNAVAILABLE",
       "http_protocol_error"},
      {Reason::kUpstreamClosed, "UPSTREAM_CLOSED", "upstreamClosed", 502, "UNAVAILABLE",
       "connection_terminated"},
      {Reason::kUpstreamProtocol, "UPSTREAM_PROTOCOL", "upstreamProtocol", 502, "INTERNAL",
       "http_protocol_error"},
      {Reason::kUpstreamTimeout, "UPSTREAM_TIMEOUT", "upstreamTimeout", 504, "DEADLINE_EXCEEDED",
       "http_response_timeout"},
      {Reason::kOverloaded, "OVERLOADED", "overloaded", 503, "UNAVAILABLE", "proxy_internal_error"},
      {Reason::kInternal, "INTERNAL", "internal", 500, "INTERNAL", "proxy_internal_error"},
  };
  return kRows;
}

TEST(Answer, TableHasEveryReasonThatAClientCanGet) {
  EXPECT_EQ(rows().size(), static_cast<std::size_t>(Reason::kClientGone));
  for (const Row& row : rows()) {
    const ReasonRow& ours = row_of(row.reason);
    EXPECT_EQ(ours.reason, row.reason) << row.name;
    EXPECT_EQ(ours.name, row.name);
    EXPECT_EQ(ours.camel_name, row.camel);
    EXPECT_EQ(ours.status, row.status) << row.name;
    EXPECT_EQ(ours.google_status, row.google) << row.name;
    EXPECT_EQ(ours.proxy_status, row.proxy_status) << row.name;
  }
}

TEST(Answer, TableHasEveryReasonOnce) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Reason::kConfiguration); ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_EQ(row_of(reason).reason, reason) << i;
    EXPECT_TRUE(names.insert(row_of(reason).name).second) << i;
  }
}

// Never a 401: libraries would refresh and retry for ever.
TEST(Answer, IsNeverA401) {
  for (const Row& row : rows()) EXPECT_NE(row.status, 401);
}

TEST(Answer, BodyHasTheShapeOfGooglesErrors) {
  for (const Row& row : rows()) {
    const json body = json::parse(error_body(Error(row.reason, "no \"luck\""), "7f3a"));
    const json& error = body.at("error");
    EXPECT_EQ(error.at("code"), row.status);
    EXPECT_EQ(error.at("status"), row.google);
    EXPECT_EQ(error.at("message"), "wif-proxy: no \"luck\" (id 7f3a)");
    ASSERT_EQ(error.at("errors").size(), 1u);
    EXPECT_EQ(error.at("errors")[0].at("domain"), "wif-proxy");
    EXPECT_EQ(error.at("errors")[0].at("reason"), row.camel);
    EXPECT_FALSE(error.at("errors")[0].at("message").get<std::string>().empty());
    ASSERT_EQ(error.at("details").size(), 1u);
    const json& info = error.at("details")[0];
    EXPECT_EQ(info.at("@type"), "type.googleapis.com/google.rpc.ErrorInfo");
    EXPECT_EQ(info.at("reason"), row.name);
    EXPECT_EQ(info.at("domain"), "wif-proxy");
    EXPECT_EQ(info.at("metadata").at("request_id"), "7f3a");
    EXPECT_FALSE(info.at("metadata").contains("code"));
  }
}

TEST(Answer, BodyCarriesTheFailureCode) {
  Error error(Reason::kFederationRefused, "x");
  error.code = "iam_binding_missing";
  const json body = json::parse(error_body(error, "1"));
  EXPECT_EQ(body["error"]["details"][0]["metadata"]["code"], "iam_binding_missing");
}

TEST(Answer, BodyIsJsonWhateverTheBytes) {
  const Error error(Reason::kBadRequest, "bad \xff\x01\r\n\"\\");
  EXPECT_TRUE(json::accept(error_body(error, "1")));
  EXPECT_EQ(error_body(error, "1").find('\r'), std::string::npos);
}

TEST(Answer, StatusOfTheErrorWins) {
  Error error(Reason::kBadRequest, "x");
  EXPECT_EQ(status_of(error), 400);
  for (const int status : {405, 408, 414, 417}) {
    error.status = status;
    EXPECT_EQ(status_of(error), status);
    EXPECT_EQ(json::parse(error_body(error, "1"))["error"]["code"], status);
  }
}

// RFC 9110 15.5.6.
TEST(Answer, RefusedMethodComesWithTheAllowedOnes) {
  Error error(Reason::kBadRequest, "x");
  FakeStream other("GET");
  run(answer(other, error, context()));
  EXPECT_FALSE(other.has("allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
  error.status = 405;
  FakeStream stream("TRACE");
  run(answer(stream, error, context()));
  EXPECT_TRUE(stream.has("allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
}

TEST(Answer, IsSentWithItsHeaders) {
  for (const Row& row : rows()) {
    FakeStream stream("GET");
    run(answer(stream, Error(row.reason, "x"), context()));
    EXPECT_EQ(stream.status, row.status) << row.name;
    EXPECT_TRUE(stream.has("content-type: application/json; charset=UTF-8"));
    EXPECT_TRUE(stream.has(std::string("proxy-status: wif-proxy; error=") + row.proxy_status +
                           "; details=\"" + row.name + "\""))
        << row.name;
    EXPECT_TRUE(stream.has("x-wif-proxy: id=7f3a; identity=default; rule=1"));
    EXPECT_EQ(stream.length, stream.body.size());
    EXPECT_EQ(stream.body, error_body(Error(row.reason, "x"), "7f3a"));
    EXPECT_TRUE(stream.ended);
    EXPECT_FALSE(stream.closes);
    EXPECT_EQ(stream.phrase, "");
  }
}

TEST(Answer, LeavesOutWhatIsNotKnown) {
  FakeStream stream("GET");
  AnswerContext bare;
  bare.request_id = "1";
  run(answer(stream, Error(Reason::kBadRequest, "x"), bare));
  EXPECT_TRUE(stream.has("x-wif-proxy: id=1"));
  FakeStream silent("GET");
  bare.diagnostic_header = false;
  run(answer(silent, Error(Reason::kBadRequest, "x"), bare));
  EXPECT_EQ(silent.fields.size(), 2u);
}

TEST(Answer, SaysWhenToComeBack) {
  FakeStream stream("GET");
  Error error(Reason::kTokenUnavailable, "x");
  error.retry_after = std::chrono::seconds(7);
  run(answer(stream, error, context()));
  EXPECT_TRUE(stream.has("retry-after: 7"));
}

TEST(Answer, ProxyStatusOfTheErrorWins) {
  FakeStream stream("GET");
  Error error(Reason::kUpstreamConnect, "x");
  error.proxy_status = "dns_error";
  run(answer(stream, error, context()));
  EXPECT_TRUE(stream.has("proxy-status: wif-proxy; error=dns_error; details=\"UPSTREAM_CONNECT\""));
}

TEST(Answer, ToHeadHasNoBody) {
  FakeStream stream("HEAD");
  run(answer(stream, Error(Reason::kRuleDenied, "x"), context()));
  EXPECT_EQ(stream.body, "");
  EXPECT_TRUE(stream.ended);
  EXPECT_GT(stream.length.value_or(0), 0u);
}

// Most clients show nothing of a refused CONNECT but its status line.
TEST(Answer, ToConnectSaysTheReasonInItsPhraseAndCloses) {
  FakeStream stream("CONNECT");
  run(answer(stream, Error(Reason::kRuleDenied, "x"), context()));
  EXPECT_EQ(stream.phrase, "wif-proxy RULE_DENIED");
  EXPECT_FALSE(stream.body.empty());
  EXPECT_TRUE(stream.closed_when_answered);
}

TEST(Answer, BeforeTheBodyWasReadClosesAndSaysSo) {
  FakeStream stream("POST");
  stream.body_was_read = false;
  run(answer(stream, Error(Reason::kRuleDenied, "x"), context()));
  EXPECT_TRUE(stream.closed_when_answered);
}

}  // namespace
}  // namespace wif::proxy
