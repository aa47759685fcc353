#include "proxy/rewrite.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace wif::proxy {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

const Secret kAuthorization(std::string_view("Bearer real-token"));

http::RequestHead request_with(const Fields& fields) {
  http::RequestHead head;
  for (const auto& [name, value] : fields) head.headers.add_view(name, value);
  return head;
}

Fields fields_of(const http::Headers& headers) {
  Fields fields;
  for (const auto& field : headers.fields()) fields.emplace_back(field.name, field.value);
  return fields;
}

RewriteRequest injecting() {
  RewriteRequest how;
  how.authorization = &kAuthorization;
  return how;
}

// What is left of a request with these fields, without our own Authorization.
Fields after_injection(const Fields& fields, const RewriteRequest& how = injecting()) {
  auto head = request_with(fields);
  rewrite_request(head, how);
  auto left = fields_of(head.headers);
  EXPECT_FALSE(left.empty());
  EXPECT_EQ(left.back(), std::pair(std::string("authorization"), std::string("Bearer real-token")));
  left.pop_back();
  return left;
}

TEST(RewriteRequest, PutsExactlyOneAuthorizationLast) {
  const Fields fields{
      {"authorization", "Bearer a"}, {"accept", "*/*"}, {"authorization", "Basic b"}};
  auto head = request_with(fields);
  const Stripped stripped = rewrite_request(head, injecting());
  EXPECT_EQ(head.headers.count("authorization"), 1u);
  const auto& last = head.headers.fields().back();
  EXPECT_EQ(last.value, "Bearer real-token");
  EXPECT_EQ(last.indexing, http::Indexing::kNever);
  EXPECT_EQ(last.value.data(), kAuthorization.reveal().data());  // a view: no copy of the secret
  EXPECT_TRUE(stripped.has(StrippedKind::kAuthorization));
}

// hop-by-hop removal comes first.
TEST(RewriteRequest, ConnectionCannotStripOurAuthorization) {
  const Fields fields{{"connection", "authorization, close"}, {"a", "1"}};
  EXPECT_EQ(after_injection(fields), (Fields{{"a", "1"}}));
}

struct StrippedRow {
  const char* name;
  StrippedKind kind;
};

class ClientCredential : public testing::TestWithParam<StrippedRow> {};

TEST_P(ClientCredential, IsRemovedFromInjectedRequests) {
  for (const bool underscores : {false, true}) {
    std::string name = GetParam().name;
    if (underscores) std::replace(name.begin(), name.end(), '-', '_');
    const Fields fields{{name, "secret"}, {"accept", "*/*"}};
    auto head = request_with(fields);
    const Stripped stripped = rewrite_request(head, injecting());
    EXPECT_EQ(head.headers.fields().size(), 2u) << name;
    EXPECT_FALSE(stripped.empty()) << name;
    EXPECT_TRUE(stripped.has(GetParam().kind)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    R422, ClientCredential,
    testing::Values(StrippedRow{"authorization", StrippedKind::kAuthorization},
                    StrippedRow{"proxy-authorization", StrippedKind::kProxyAuthorization},
                    StrippedRow{"x-goog-api-key", StrippedKind::kApiKey},
                    StrippedRow{"x-goog-iam-authorization-token", StrippedKind::kIam},
                    StrippedRow{"x-goog-iam-authority-selector", StrippedKind::kIam},
                    StrippedRow{"x-goog-authenticated-user-email",
                                StrippedKind::kAuthenticatedUser},
                    StrippedRow{"x-goog-authenticated-user-id", StrippedKind::kAuthenticatedUser},
                    StrippedRow{"x-goog-iap-jwt-assertion", StrippedKind::kIapAssertion},
                    StrippedRow{"x-serverless-authorization", StrippedKind::kServerless},
                    StrippedRow{"x-forwarded-access-token", StrippedKind::kForwarded},
                    StrippedRow{"x-forwarded-for", StrippedKind::kForwarded},
                    StrippedRow{"x-forwarded-host", StrippedKind::kForwarded},
                    StrippedRow{"forwarded", StrippedKind::kForwarded}));

TEST(RewriteRequest, KeepsWhatBelongsToTheRequest) {
  const Fields fields{{"user-agent", "u"},
                      {"x-goog-api-client", "c"},
                      {"x-goog-request-params", "p"},
                      {"x-goog-request-reason", "r"},
                      {"x-goog-user-project", "q"},
                      {"x-allowed-locations", "0x0"},
                      {"x-guploader-no-308", "yes"},
                      {"content-type", "t"},
                      {"trailer", "x-checksum"},
                      {"te", "trailers"},
                      {"grpc-timeout", "1S"},
                      {"cookie", "k"},
                      {"x-goog-iap", "v"},
                      {"x", "v"}};
  EXPECT_EQ(after_injection(fields), fields);
}

class HopByHop : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(HopByHop, IsNotForwarded) {
  const Fields fields{{GetParam().first, GetParam().second}, {"accept", "*/*"}};
  EXPECT_EQ(after_injection(fields), (Fields{{"accept", "*/*"}}));
  auto tunnelled = request_with(fields);
  rewrite_request(tunnelled, RewriteRequest{});
  EXPECT_EQ(fields_of(tunnelled.headers), (Fields{{"accept", "*/*"}}));
  http::ResponseHead response;
  for (const auto& [name, value] : fields) response.headers.add_view(name, value);
  rewrite_response(response, false);
  EXPECT_EQ(fields_of(response.headers), (Fields{{"accept", "*/*"}}));
}

INSTANTIATE_TEST_SUITE_P(
    R424, HopByHop,
    testing::Values(std::pair("connection", "close"), std::pair("connection", "keep-alive"),
                    std::pair("keep-alive", "timeout=5"),
                    std::pair("proxy-connection", "keep-alive"),
                    std::pair("proxy-authenticate", "Basic"), std::pair("http2-settings", "AAMA"),
                    std::pair("upgrade", "h2c"), std::pair("transfer-encoding", "chunked"),
                    std::pair("te", "gzip")));

TEST(RewriteRequest, RemovesWhatConnectionNames) {
  const Fields fields{{"x-one", "1"},   {"connection", "X-One, ,close"},
                      {"x-two", "2"},   {"connection", "x-two"},
                      {"x-three", "3"}, {"x-one", "4"}};
  EXPECT_EQ(after_injection(fields), (Fields{{"x-three", "3"}}));
}

TEST(RewriteRequest, CutsTeDownToTrailers) {
  EXPECT_EQ(after_injection({{"te", "gzip;q=0.5, Trailers"}, {"connection", "TE"}}),
            (Fields{{"te", "trailers"}}));
}

TEST(RewriteRequest, TellsThePlaceholderFromOtherTokens) {
  RewriteRequest how = injecting();
  how.placeholder = "wif-proxy-placeholder-x";
  const Fields ours{{"authorization", "bearer wif-proxy-placeholder-x"}};
  auto head = request_with(ours);
  Stripped stripped = rewrite_request(head, how);
  EXPECT_TRUE(stripped.has(StrippedKind::kPlaceholder));
  EXPECT_FALSE(stripped.has(StrippedKind::kAuthorization));
  const Fields other{{"authorization", "Bearer wif-proxy-placeholder-y"}};
  head = request_with(other);
  stripped = rewrite_request(head, how);
  EXPECT_FALSE(stripped.has(StrippedKind::kPlaceholder));
  EXPECT_TRUE(stripped.has(StrippedKind::kAuthorization));
}

struct ProjectRow {
  const char* rule;
  const char* quota;
  const char* sent;  // "" = not sent
  const char* expected;
};

class UserProject : public testing::TestWithParam<ProjectRow> {};

TEST_P(UserProject, FollowsTheRule) {
  const auto& row = GetParam();
  RewriteRequest how = injecting();
  how.user_project = row.rule;
  how.quota_project = row.quota;
  Fields fields;
  if (*row.sent != '\0') fields.emplace_back("x-goog-user-project", row.sent);
  Fields expected;
  if (*row.expected != '\0') expected.emplace_back("x-goog-user-project", row.expected);
  EXPECT_EQ(after_injection(fields, how), expected);
}

INSTANTIATE_TEST_SUITE_P(Table, UserProject,
                         testing::Values(ProjectRow{"keep", "", "", ""},
                                         ProjectRow{"keep", "", "client", "client"},
                                         ProjectRow{"keep", "quota", "", "quota"},
                                         ProjectRow{"keep", "quota", "client", "client"},
                                         ProjectRow{"remove", "quota", "client", ""},
                                         ProjectRow{"remove", "quota", "", ""},
                                         ProjectRow{"set", "quota", "client", "set"},
                                         ProjectRow{"set", "", "", "set"}));

//
TEST(RewriteRequest, LeavesOtherActionsAlone) {
  const Fields fields{{"authorization", "Bearer own"},
                      {"x-goog-api-key", "k"},
                      {"x-forwarded-for", "1.2.3.4"},
                      {"x-goog-user-project", "p"},
                      {"proxy-authorization", "Basic x"}};
  auto head = request_with(fields);
  RewriteRequest how;
  how.user_project = "remove";
  const Stripped stripped = rewrite_request(head, how);
  EXPECT_EQ(fields_of(head.headers), Fields(fields.begin(), fields.end() - 1));
  EXPECT_TRUE(stripped.has(StrippedKind::kProxyAuthorization));
  EXPECT_FALSE(stripped.has(StrippedKind::kAuthorization));
}

TEST(RewriteResponse, TakesForgeriesOutOfInjectedAnswersOnly) {
  const Fields fields{{"alt-svc", "h3=\":443\""}, {"x-wif-proxy", "id=1"}, {"date", "d"}};
  for (const bool injected : {true, false}) {
    http::ResponseHead head;
    for (const auto& [name, value] : fields) head.headers.add_view(name, value);
    rewrite_response(head, injected);
    EXPECT_EQ(fields_of(head.headers), injected ? (Fields{{"date", "d"}}) : fields);
  }
}

//
TEST(FilterTrailers, DropsFramingRoutingAndAuthentication) {
  http::Headers trailers;
  for (const char* name : {"grpc-status",
                           "content-length",
                           "transfer-encoding",
                           "host",
                           "authorization",
                           "proxy-authorization",
                           ":path",
                           "connection",
                           "trailer",
                           "content-encoding",
                           "cookie",
                           "set-cookie",
                           "x-goog-api-key",
                           "x_goog_api_key",
                           "x-forwarded-for",
                           "grpc-message",
                           "x-goog-authenticated-user-id",
                           "x-wif-proxy",
                           "www-authenticate",
                           "x-goog-hash",
                           "te"}) {
    trailers.add_view(name, "v");
  }
  EXPECT_EQ(fields_of(filter_trailers(trailers)),
            (Fields{{"grpc-status", "v"}, {"grpc-message", "v"}, {"x-goog-hash", "v"}}));
}

TEST(Stripped, EveryKindHasALabelOfItsOwn) {
  std::vector<std::string_view> labels;
  for (std::size_t i = 0; i < kStrippedKinds; ++i) {
    labels.push_back(name_of(static_cast<StrippedKind>(i)));
  }
  std::sort(labels.begin(), labels.end());
  EXPECT_EQ(std::unique(labels.begin(), labels.end()), labels.end());
  EXPECT_EQ(std::count(labels.begin(), labels.end(), "other"), 0);
}

}  // namespace
}  // namespace wif::proxy
