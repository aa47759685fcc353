// The metadata server that clients find (clients.md 3): its contract on the wire, the ways that
// lead to it, and what its token is worth.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

const std::string kBase = "/computeMetadata/v1";
const std::string kTokenPath = kBase + "/instance/service-accounts/default/token";
const std::string kFlavor = "Metadata-Flavor: Google\r\n";

class Metadata : public testing::Test {
 protected:
  Reply get(const std::string& path, const std::string& fields = kFlavor,
            const std::string& host = "metadata.google.internal") {
    TcpClient client(proxy.metadata());
    return client.exchange(request_text("GET", path, host, fields));
  }

  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
};

// What each client asks at its start; a 404 or a newline too many breaks one of them.
TEST_F(Metadata, AnswersWhatClientsAsk) {
  const std::string email(sandbox::kAwsServiceAccount);
  const std::pair<std::string, std::string> cases[] = {
      {kBase + "/project/project-id", "foo-project"},
      {kBase + "/universe/universe-domain", "googleapis.com"},
      {kBase + "/universe/universe_domain", "googleapis.com"},
      {kBase + "/instance/service-accounts/", "default/\n" + email + "/\n"},
      {kBase + "/instance/service-accounts/default/email", email},
      {kBase + "/instance/service-accounts/default/aliases", "default"},
      {kBase + "/instance/service-accounts/default/scopes",
       "https://www.googleapis.com/auth/cloud-platform\n"}};
  for (const auto& [path, wanted] : cases) {
    const Reply reply = get(path);
    EXPECT_EQ(reply.status, 200) << path;
    EXPECT_EQ(reply.body, wanted) << path;
    EXPECT_EQ(reply.header("content-type"), "application/text") << path;
    EXPECT_NE(reply.header("etag"), "") << path;
  }
  EXPECT_EQ(get("/").status, 200) << "the presence ping";
  EXPECT_EQ(get(kBase + "/instance").status, 200);
  const Reply number = get(kBase + "/project/numeric-project-id");
  EXPECT_EQ(number.body.find_first_not_of("0123456789"), std::string::npos) << number.body;
  const Reply account = get(kBase + "/instance/service-accounts/" + email + "/?recursive=true");
  EXPECT_EQ(json_at(account.body, "/email"), email);
  EXPECT_EQ(get(kBase + "/instance/attributes/cluster-name").status, 404);
}

// Every answer, errors too, carries what libraries tell a metadata server by.
TEST_F(Metadata, EveryAnswerSaysWhatItIs) {
  for (const Reply& reply : {get("/"), get(kTokenPath), get("/nothing"), get(kTokenPath, "")}) {
    EXPECT_EQ(reply.header("metadata-flavor"), "Google") << reply.head;
    EXPECT_EQ(reply.header("server"), "Metadata Server for VM");
    EXPECT_NE(reply.header("content-length"), "");
  }
}

// A web page or a request led astray must not get in: wrong Host, forwarded, no flavor, no GET.
TEST_F(Metadata, RefusesRequestsThatAreNotAClients) {
  EXPECT_EQ(get(kTokenPath, "").status, 403);
  EXPECT_EQ(get(kTokenPath, "Metadata-Flavor: google\r\n").status, 403);
  EXPECT_EQ(get(kTokenPath, "X-Google-Metadata-Request: True\r\n").status, 200);
  EXPECT_EQ(get(kTokenPath, kFlavor + "X-Forwarded-For: 1.2.3.4\r\n").status, 403);
  EXPECT_EQ(get(kTokenPath, kFlavor + "Forwarded: for=1.2.3.4\r\n").status, 403);
  EXPECT_EQ(get(kTokenPath, kFlavor, "rebound.example").status, 403);
  EXPECT_EQ(get(kTokenPath, kFlavor, proxy.metadata()).status, 200);
  EXPECT_EQ(get(kTokenPath, kFlavor, "metadata.google.internal.:80").status, 200);
  EXPECT_EQ(get(kTokenPath, kFlavor, "169.254.169.254").status, 200);
  EXPECT_EQ(get("/latest/meta-data/iam/security-credentials/").status, 403);
  TcpClient client(proxy.metadata());
  EXPECT_EQ(client.exchange(request_text("POST", kTokenPath, "metadata", kFlavor)).status, 405);
}

// The token is a placeholder, whatever is asked: it must never be one that Google issued.
TEST_F(Metadata, TokenIsAPlaceholderAndWorksThroughUsOnly) {
  const Reply reply = get(kTokenPath + "?scopes=a,b");
  const std::string token = json_at(reply.body, "/access_token");
  EXPECT_TRUE(token.starts_with("wif-proxy-placeholder-")) << token;
  EXPECT_EQ(json_at(reply.body, "/expires_in"), "3599");
  EXPECT_EQ(json_at(reply.body, "/token_type"), "Bearer");
  const std::string field = "Authorization: Bearer " + token;
  const CurlAnswer through = curl(proxy, {"-H", field, echo_url("/")});
  EXPECT_EQ(Seen(through.body).values("authorization"),
            "Bearer [token of " + std::string(sandbox::kAwsServiceAccount) + "]");
  const std::string google = "echo.googleapis.com:443:" + cloud.server("google_apis").endpoint();
  const CurlAnswer past = curl_direct({"--cacert", (proxy.folder() / "cloud-ca.pem").string(),
                                       "--connect-to", google, "-H", field, echo_url("/")});
  EXPECT_EQ(past.status, 401) << past.error;
}

// An ID token would be a real credential.
TEST_F(Metadata, HandsOutNoIdTokens) {
  const std::string path = kBase + "/instance/service-accounts/default/identity";
  EXPECT_EQ(get(path).status, 400);
  EXPECT_EQ(get(path + "?audience=x").status, 404);
}

// Python and gcloud with HTTP_PROXY send this in absolute form; it is answered in place, never
// forwarded to a link-local address.
TEST_F(Metadata, AbsoluteFormOnTheProxyPortIsAnsweredInPlace) {
  TcpClient client(proxy.proxy());
  for (const std::string& host :
       {std::string("169.254.169.254"), proxy.metadata(), std::string("metadata.google.internal"),
        std::string("metadata.google.internal.")}) {
    SCOPED_TRACE(host);
    const Reply reply =
        client.exchange(request_text("GET", "http://" + host + kTokenPath, host, kFlavor));
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_TRUE(json_at(reply.body, "/access_token").starts_with("wif-proxy-placeholder-"));
    const Reply aws = client.exchange(
        request_text("GET", "http://" + host + "/latest/meta-data/", host, kFlavor));
    EXPECT_EQ(aws.status, 403) << "the AWS tree is not ours";
  }
}

// Node with HTTPS_PROXY only opens a CONNECT to the metadata server and speaks plain HTTP in it.
TEST_F(Metadata, ConnectToPort80IsAnsweredInPlace) {
  for (const std::string& authority :
       {std::string("169.254.169.254:80"), std::string("metadata.google.internal.:80"),
        proxy.metadata()}) {
    SCOPED_TRACE(authority);
    TcpClient client(proxy.proxy());
    ASSERT_EQ(client.exchange("CONNECT " + authority + " HTTP/1.1\r\n\r\n", "CONNECT").status, 200);
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(client.exchange(request_text("GET", kTokenPath, authority, kFlavor)).status, 200);
    }
  }
}

// With the emulation off these addresses are refused like all link-local ones.
TEST_F(Metadata, OffMeansRefused) {
  auto off = TestProxy(cloud)
                 .ec2()
                 .without_flag("--listen-metadata")
                 .flag("--listen-metadata", "off")
                 .start();
  EXPECT_EQ(off.metadata(), "off");
  TcpClient client(off.proxy());
  EXPECT_EQ(client.exchange(request_text("GET", "http://169.254.169.254/", "x", kFlavor)).status,
            403);
  TcpClient other(off.proxy());
  EXPECT_EQ(other.exchange("CONNECT 169.254.169.254:80 HTTP/1.1\r\n\r\n", "CONNECT").status, 403);
}

// 40 at once are normal when a fleet of workers starts, and none may be lost.
TEST_F(Metadata, ManyConnectionsAtOnce) {
  std::vector<std::unique_ptr<TcpClient>> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(std::make_unique<TcpClient>(proxy.metadata()));
  for (auto& client : clients) client->send(request_text("GET", kTokenPath, "metadata", kFlavor));
  for (auto& client : clients) EXPECT_EQ(client->read_reply().status, 200);
}

}  // namespace
}  // namespace wif::test
