// Credentials that clients send: none may reach Google, and ours exactly once (R-4.2).
#include <gtest/gtest.h>

#include "tests/support/client.h"
#include "tests/support/json.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

constexpr const char* kHost = "echo.googleapis.com";
const std::string kOurs = "Bearer [token of " + std::string(sandbox::kAwsServiceAccount) + "]";

class ClientCredentials : public testing::Test {
 protected:
  static std::string reason(const Reply& reply) {
    return json_at(reply.body, "/error/details/0/reason");
  }

  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
};

// Google refuses two Authorization fields, and a client's own would speak for somebody else.
TEST_F(ClientCredentials, AuthorizationIsReplacedHoweverItIsWritten) {
  for (const char* fields :
       {"", "Authorization: Bearer theirs\r\n", "AUTHORIZATION: Basic bWU6bWU=\r\n",
        "authorization: Bearer a\r\nAuthorization: Bearer b\r\n", "Authorization:\r\n",
        "Authorization: Bearer wif-proxy-placeholder-0123456789abcdefghijkl\r\n"}) {
    SCOPED_TRACE(fields);
    TlsClient client(proxy, kHost);
    const Reply reply = client.exchange(request_text("GET", "/", kHost, fields));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(Seen(reply.body).values("authorization"), kOurs);
  }
}

// Each of these would add another identity, or let the client pose as Google's own front end.
TEST_F(ClientCredentials, FieldsThatCarryAnIdentityAreRemoved) {
  TlsClient client(proxy, kHost);
  std::string fields;
  for (const char* name :
       {"Proxy-Authorization", "X-Goog-Api-Key", "X-Goog-IAM-Authorization-Token",
        "X-Goog-IAM-Authority-Selector", "X-Goog-Authenticated-User-Email",
        "X-Goog-Authenticated-User-Id", "X-Goog-Iap-Jwt-Assertion", "X-Serverless-Authorization",
        "X-Forwarded-Access-Token", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host",
        "X_Goog_Api_Key", "x-goog_iam-authorization_token", "X_Forwarded_For",
        "X_Serverless_Authorization"}) {
    fields += std::string(name) + ": not-for-google\r\n";
  }
  const Reply reply = client.exchange(request_text("GET", "/", kHost, fields));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body.find("not-for-google"), std::string::npos) << reply.body;
}

// These belong to the request and stay.
TEST_F(ClientCredentials, OtherGoogleFieldsAreKept) {
  TlsClient client(proxy, kHost);
  const Reply reply = client.exchange(
      request_text("GET", "/", kHost,
                   "X-Goog-User-Project: theirs\r\nX-Goog-Api-Client: gl-cpp/1\r\n"
                   "X-Goog-Request-Params: a=b\r\nX-Goog-Hash: c\r\nX-Allowed-Locations: 0x0\r\n"));
  const Seen seen(reply.body);
  EXPECT_EQ(seen.values("x-goog-user-project"), "theirs");
  EXPECT_EQ(seen.values("x-goog-api-client"), "gl-cpp/1");
  EXPECT_EQ(seen.values("x-goog-request-params"), "a=b");
  EXPECT_EQ(seen.values("x-allowed-locations"), "0x0");
}

// Trailers come after the decision was made: nothing in them may authenticate or route (R-4.2.5).
TEST_F(ClientCredentials, TrailersCarryNoCredentials) {
  TlsClient client(proxy, kHost);
  const Reply reply = client.exchange(
      request_text("POST", "/", kHost, "Transfer-Encoding: chunked\r\n") +
      "1\r\na\r\n0\r\nAuthorization: Bearer theirs\r\nX-Goog-Api-Key: theirs\r\nHost: theirs\r\n"
      "X-Forwarded-For: theirs\r\nProxy-Authorization: theirs\r\nX_Goog_Api_Key: theirs\r\n"
      "X-Ok: kept\r\n\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body.find("theirs"), std::string::npos) << reply.body;
  EXPECT_EQ(Seen(reply.body).trailers, (sandbox::HeaderList{{"x-ok", "kept"}}));
}

// A length behind the body is dropped or refused; in no case does it go on.
TEST_F(ClientCredentials, TrailersCarryNoFraming) {
  for (const char* trailer : {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
    SCOPED_TRACE(trailer);
    TlsClient client(proxy, kHost);
    const Reply reply =
        client.exchange(request_text("POST", "/", kHost, "Transfer-Encoding: chunked\r\n") +
                        "1\r\na\r\n0\r\n" + trailer + "\r\n\r\n");
    EXPECT_TRUE(reply.status == 400 || reply.status == 200) << reply.head;
    if (reply.status == 200) {
      EXPECT_TRUE(Seen(reply.body).trailers.empty());
    }
  }
}

// A token in the query ends up in logs; which of the two Google would take is not ours to guess.
TEST_F(ClientCredentials, TokenInTheQueryIsRefused) {
  for (const char* query :
       {"access_token=theirs", "a=b&access_token=theirs", "ACCESS_TOKEN=theirs",
        "oauth_token=theirs", "bearer_token=theirs", "access%5Ftoken=theirs", "%61ccess_token=x",
        "$access_token=theirs", "access_token", "access_token=", "a&&access_token=x"}) {
    SCOPED_TRACE(query);
    TlsClient client(proxy, kHost);
    const Reply reply = client.exchange(request_text("GET", "/x?" + std::string(query), kHost));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reason(reply), "CLIENT_CREDENTIAL");
    EXPECT_NE(reply.body.find("query_tokens"), std::string::npos);
    EXPECT_EQ(reply.body.find("theirs"), std::string::npos) << "the value must not be shown";
  }
  EXPECT_EQ(cloud.arrivals().count("echo"), 0u);
  EXPECT_EQ(proxy.log().find("theirs"), std::string::npos);
}

// gsutil adds its own API key to every URL; Google refuses one of another project beside our token.
TEST_F(ClientCredentials, ApiKeyInTheQueryIsRemovedAndNothingElse) {
  TlsClient client(proxy, kHost);
  const std::pair<const char*, const char*> cases[] = {
      {"/x?key=AIza", "/x"},          {"/x?a=1&key=AIza&b=%2F", "/x?a=1&b=%2F"},
      {"/x?%6Bey=AIza&a", "/x?a"},    {"/x?$key=AIza", "/x"},
      {"/x?a=1&&key=k&", "/x?a=1&&"}, {"/x?monkey=1&keys=2&KEY=3", "/x?monkey=1&keys=2&KEY=3"},
      {"/key=1?", "/key=1?"}};
  for (const auto& [sent, wanted] : cases) {
    SCOPED_TRACE(sent);
    EXPECT_EQ(Seen(client.exchange(request_text("GET", sent, kHost)).body).target, wanted);
  }
}

// A signed URL is a credential of its own (R-4.2.8).
TEST_F(ClientCredentials, SignedUrlIsRefused) {
  for (const char* query : {"X-Goog-Signature=00", "Signature=00&GoogleAccessId=a%40b",
                            "x-goog-signature=00", "GoogleAccessId=a&Expires=1&Signature=0"}) {
    SCOPED_TRACE(query);
    TlsClient client(proxy, "storage.googleapis.com");
    const Reply reply = client.exchange(
        request_text("GET", "/bucket/o?" + std::string(query), "storage.googleapis.com"));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reason(reply), "CLIENT_CREDENTIAL");
    EXPECT_NE(reply.body.find("signed_urls"), std::string::npos);
  }
  EXPECT_EQ(cloud.arrivals().count("storage"), 0u);
}

// A rule can let them pass, and then our token stays away: one credential, never two.
TEST_F(ClientCredentials, RuleLetsQueryTokensPassWithoutOurs) {
  const std::string file = (proxy.folder() / "config.json").string();
  write_file(file, R"({"version": 1, "rules": [{"hosts": ["echo.googleapis.com"],
      "action": "inject", "query_tokens": "pass", "signed_urls": "pass"}]})");
  auto other = TestProxy(cloud).ec2().flag("--config", file).start();
  for (const char* target : {"/x?access_token=theirs", "/x?X-Goog-Signature=00"}) {
    SCOPED_TRACE(target);
    TlsClient client(other, kHost);
    EXPECT_EQ(client.exchange(request_text("GET", target, kHost)).status, 401)
        << "Google was asked without our token";
  }
  const auto seen = cloud.arrivals().all("echo");
  ASSERT_EQ(seen.size(), 2u);
  for (const auto& arrival : seen) {
    EXPECT_EQ(sandbox::find_header(arrival.headers, "authorization"), "");
  }
  EXPECT_EQ(seen.front().target, "/x?access_token=theirs");
}

// Plain HTTP to a Google API goes over TLS or not at all: the token never meets plaintext.
TEST_F(ClientCredentials, PlainHttpIsUpgradedOrRefused) {
  TcpClient client(proxy.proxy());
  const Reply reply = client.exchange(request_text("GET", "http://echo.googleapis.com/", "x"));
  EXPECT_EQ(Seen(reply.body).server_name, kHost);
  EXPECT_EQ(Seen(reply.body).values("authorization"), kOurs);
  EXPECT_EQ(client.exchange(request_text("GET", "http://echo.googleapis.com:8080/", "x")).status,
            403);
  const std::string file = (proxy.folder() / "config.json").string();
  write_file(file, R"({"version": 1, "rules": [{"hosts": ["echo.googleapis.com"],
      "action": "inject", "upgrade_http": false}]})");
  auto strict = TestProxy(cloud).ec2().flag("--config", file).start();
  TcpClient other(strict.proxy());
  EXPECT_EQ(other.exchange(request_text("GET", "http://echo.googleapis.com/", "x")).status, 403);
}

}  // namespace
}  // namespace wif::test
