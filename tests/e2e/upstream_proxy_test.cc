// upstream.proxy: a company's proxy between us and the rest of the world.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "tests/support/client.h"
#include "tests/support/corporate_proxy.h"
#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

class UpstreamProxy : public testing::Test {
 protected:
  // Knows no way to the cloud but the company's proxy.
  TestProxy behind(const std::string& credentials = "") {
    TestProxy proxy(cloud);
    proxy.without_flag("--connect-to");
    proxy.environment("WIF_PROXY_UPSTREAM_PROXY", "http://" + credentials + company.endpoint());
    return proxy;
  }
  // With a token that needs no exchange.
  TestProxy& with_token(TestProxy& proxy) {
    const std::string token = cloud.world().issue_access_token(
        std::string(sandbox::kAwsServiceAccount),
        {"https://www.googleapis.com/auth/cloud-platform"}, std::chrono::hours(1));
    return proxy.token_file(folder.write("token", token));
  }
  static std::string message(const CurlAnswer& answer) {
    return json_at(answer.body, "/error/message");
  }
  static void expect_has(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
  }

  TemporaryFolder folder;
  sandbox::Cloud cloud;
  CorporateProxy company{cloud};
};

// One connection past it is one that the company's firewall drops. The instance's metadata service
// is of this machine and never asked for by way of it (R-4.4.6).
TEST_F(UpstreamProxy, CarriesEverythingButMetadata) {
  company.want("us@er", "pa:ss-word");
  company.add("plain.example:80", cloud.server("outside_http").endpoint());
  auto proxy = behind("us%40er:pa%3Ass-word@").ec2().start();
  EXPECT_EQ(curl(proxy, {echo_url("/")}).status, 200);
  EXPECT_EQ(curl(proxy, {"http://plain.example/"}).status, 200);
  TlsClient::Options options;
  options.trust = folder.write("cloud-ca.pem", cloud.ca_pem());
  TlsClient tunnelled(proxy, "outside.example", options);
  EXPECT_EQ(tunnelled.exchange(request_text("GET", "/", "outside.example")).status, 200);
  const auto served = company.served();
  for (const char* target :
       {"sts.googleapis.com:443", "iamcredentials.googleapis.com:443", "echo.googleapis.com:443",
        "plain.example:80", "outside.example:443"}) {
    EXPECT_EQ(std::count(served.begin(), served.end(), target), 1) << target;
  }
  EXPECT_EQ(served.size(), 5u);  // the instance's role is signed for, not asked for
  EXPECT_EQ(company.refused(), 0u);
}

// What IRSA asks AWS STS goes the same way.
TEST_F(UpstreamProxy, CarriesCallsToAwsSts) {
  const std::string token =
      folder.write("irsa-token", cloud.make_ksa_token("default", "eks-access-to-gcp"));
  auto proxy = behind()
                   .environment("AWS_WEB_IDENTITY_TOKEN_FILE", token)
                   .environment("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/access2bq")
                   .environment("AWS_REGION", "ap-northeast-1")
                   .credentials(credential_file("ec2-imdsv1"))
                   .unready()
                   .start();
  EXPECT_TRUE(eventually([&] {
    const auto served = company.served();
    return std::count(served.begin(), served.end(), "sts.ap-northeast-1.amazonaws.com:443") > 0;
  }));
}

// The password is in none of the places that people look at.
TEST_F(UpstreamProxy, PasswordIsNotShown) {
  company.want("user", "another");
  auto proxy = behind("user:hunter2hunter2@").ec2().unready().start();
  EXPECT_TRUE(eventually([&] { return company.refused() > 0; }));
  std::string seen = curl(proxy, {echo_url("/")}).body;
  seen += curl_direct({"http://" + proxy.admin() + "/status"}).body;
  seen += curl_direct({"http://" + proxy.admin() + "/metrics"}).body;
  proxy.stop();
  seen += proxy.log();
  expect_has(seen, "does not accept the user and password");
  EXPECT_EQ(seen.find("hunter2"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("dXNlcjpodW50ZXIy"), std::string::npos) << "in base64: " << seen;
}

// Who reads the answer has to learn which option is wrong and how to mend it.
TEST_F(UpstreamProxy, RefusalsSayWhatToChange) {
  auto without = behind();
  auto proxy = with_token(without).start();
  company.want("user", "password");
  const CurlAnswer answer = curl(proxy, {echo_url("/")});
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(json_at(answer.body, "/error/details/0/reason"), "UPSTREAM_CONNECT");
  expect_has(message(answer), "upstream.proxy: the proxy answered 407");
  expect_has(message(answer), "http://USER:PASSWORD@HOST:PORT");
  EXPECT_EQ(message(answer).find(company.endpoint()), std::string::npos) << "R-4.4.7";
  company.answer_always("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  const CurlAnswer refused = curl(proxy, {"https://outside.example/"});
  EXPECT_EQ(refused.connect_status, 502);
  TcpClient client(proxy.proxy());
  const Reply reply = client.exchange("CONNECT outside.example:443 HTTP/1.1\r\n\r\n", "CONNECT");
  expect_has(reply.body, "refused a connection to outside.example with 403");
}

TEST_F(UpstreamProxy, WhatIsNoProxyIsNamed) {
  auto builder = behind();
  auto proxy = with_token(builder).start();
  const auto told = [&](const std::string& answer) {
    company.answer_always(answer);
    TcpClient client(proxy.proxy());
    return client.exchange("CONNECT outside.example:443 HTTP/1.1\r\n\r\n", "CONNECT");
  };
  for (const char* answer : {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
                             "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/2 200\r\n\r\n"}) {
    const Reply reply = told(answer);
    EXPECT_EQ(reply.status, 502) << answer;
    expect_has(reply.body, "no HTTP proxy");
  }
  expect_has(told("HTTP/1.1 200 cut").body, "closed the connection");
  expect_has(told("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n").body, "16 KiB");
  EXPECT_EQ(told("HTTP/1.1 504 Gateway Timeout\r\n\r\n").status, 504);
}

TEST_F(UpstreamProxy, NobodyThereIsSaid) {
  TestProxy builder(cloud);
  builder.without_flag("--connect-to").flag("--upstream-proxy", "http://127.0.0.1:1");
  auto proxy = with_token(builder).start();
  const CurlAnswer answer = curl(proxy, {echo_url("/")});
  EXPECT_EQ(answer.status, 502);
  expect_has(message(answer),
             "upstream.proxy: connecting to the proxy: the connection was refused");
}

// A server that speaks first may be faster than we read the proxy's answer.
TEST_F(UpstreamProxy, BytesBehindItsAnswerBelongToTheTunnel) {
  auto builder = behind();
  auto proxy = with_token(builder).start();
  company.answer_always("HTTP/1.1 200 OK\r\nVia: x\r\n\r\ngreetings");
  TcpClient client(proxy.proxy());
  ASSERT_EQ(client.exchange("CONNECT outside.example:443 HTTP/1.1\r\n\r\n", "CONNECT").status, 200);
  EXPECT_EQ(client.read_to_end(), "greetings");
}

// Names are the company's to resolve; an address is judged as ever (R-4.4.2), and loopback is here.
TEST_F(UpstreamProxy, AddressesAreStillJudged) {
  const std::string local = cloud.server("outside_http").endpoint();
  auto builder = behind();
  builder.flag("--private-addresses", "deny")
      .flag("--allow-address", "127.0.0.1/32:" + local.substr(local.rfind(':') + 1));
  auto proxy = with_token(builder).start();
  for (const char* target : {"10.0.0.1:443", "169.254.169.254:443", "127.0.0.1:443", "[::1]:443",
                             "192.168.1.1:443", "localhost:443"}) {
    TcpClient client(proxy.proxy());
    const Reply reply =
        client.exchange("CONNECT " + std::string(target) + " HTTP/1.1\r\n\r\n", "CONNECT");
    EXPECT_EQ(reply.status, 403) << target;
  }
  TcpClient client(proxy.proxy());
  ASSERT_EQ(client.exchange("CONNECT " + local + " HTTP/1.1\r\n\r\n", "CONNECT").status, 200);
  EXPECT_EQ(client.exchange(request_text("GET", "/", local)).status, 200);
  EXPECT_EQ(company.served().size() + company.refused(), 0u);
}

// Set to itself, each connection would make the next one, without end.
TEST_F(UpstreamProxy, OwnListenerIsNotUsed) {
  const std::string own =
      "127.0.0.1:" + std::to_string(20000 + static_cast<std::uint16_t>(::getpid() % 10000));
  TestProxy builder(cloud);
  builder.without_flag("--connect-to").without_flag("--listen").flag("--listen", own);
  builder.flag("--upstream-proxy", "http://" + own);
  auto proxy = with_token(builder).start();
  const CurlAnswer answer = curl(proxy, {echo_url("/")});
  EXPECT_EQ(answer.status, 403);
  expect_has(message(answer), "upstream.proxy: the proxy has no address that may be dialled");
}

}  // namespace
}  // namespace wif::test
