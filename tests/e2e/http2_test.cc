// HTTP/2: the four pairings of what client and upstream speak, many requests at once, and how a
// connection ends. The client is nghttp2 or curl, the upstream the sandbox.
#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "tests/sandbox/crypto.h"
#include "tests/sandbox/echo.h"
#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/http2_client.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

constexpr const char* kHost = "echo.googleapis.com";
constexpr std::size_t kLarge = 64u << 20;

std::string hash_of_known(std::size_t size) {
  sandbox::RunningSha256 hash;
  const std::string piece = sandbox::known_content(1u << 20);
  for (std::size_t sent = 0; sent < size; sent += piece.size()) hash.add(piece);
  return hash.hex();
}

struct Pairing {
  const char* name;
  const char* client;  // option of curl
  std::vector<std::string> upstream;
  const char* protocol;  // that the upstream sees
};

class Pairings : public testing::TestWithParam<Pairing> {
 protected:
  void SetUp() override { cloud.speak("google_apis", GetParam().upstream); }
  CurlAnswer get(const std::string& path, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{GetParam().client, echo_url(path)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return curl(proxy, arguments);
  }

  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
};

TEST_P(Pairings, RequestsAndAnswersOfEveryShape) {
  const CurlAnswer got = get("/a/path?q=%2F&x", {"-H", "X-Test: one"});
  ASSERT_EQ(got.status, 200) << got.error;
  const Seen seen(got.body);
  EXPECT_EQ(seen.protocol, GetParam().protocol);
  EXPECT_EQ(seen.target, "/a/path?q=%2F&x");
  EXPECT_EQ(seen.values("host"), kHost);
  EXPECT_EQ(seen.values("x-test"), "one");
  EXPECT_EQ(seen.values("authorization"),
            "Bearer [token of access-from-aws@foo-project.iam.gserviceaccount.com]");

  const CurlAnswer posted = get("/", {"--data-binary", "hello"});
  EXPECT_EQ(Seen(posted.body).method, "POST");
  EXPECT_EQ(Seen(posted.body).body_bytes, "5");
  const CurlAnswer head = get("/fields?X-Answer=1", {"--head"});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("x-answer"), "1");
  EXPECT_EQ(get("/status/204").status, 204);
  EXPECT_EQ(get("/status/304").status, 304);
  EXPECT_EQ(get("/status/503").status, 503) << "relayed, not repeated";
  EXPECT_EQ(get("/interim").status, 200);
  EXPECT_EQ(get("/bytes/0").body, "");
  EXPECT_EQ(get("/chunked/100000").body, sandbox::known_content(100'000));
}

TEST_P(Pairings, LargeBodiesPassUnchangedInConstantMemory) {
  const std::size_t before = proxy.memory();
  const std::string file = (proxy.folder() / "large").string();
  ASSERT_EQ(get("/bytes/" + std::to_string(kLarge), {"-o", file}).status, 200);
  const CurlAnswer up = get("/", {"-T", file});
  ASSERT_EQ(up.status, 200) << up.error;
  EXPECT_EQ(Seen(up.body).body_sha256, hash_of_known(kLarge));
  EXPECT_LT(proxy.memory(), before + kMaxGrowth);
}

TEST_P(Pairings, TrailersArePassedOn) {
  const CurlAnswer got = get("/trailers", {"-v"});
  EXPECT_EQ(got.status, 200);
  EXPECT_NE(got.heads.find("x-checksum"), std::string::npos) << got.heads;
}

// An incomplete answer must not look complete.
TEST_P(Pairings, CutAnswerIsSeenAsCut) {
  const CurlAnswer got = get("/cut/1000000");
  EXPECT_NE(got.exit_code, 0);
}

TEST_P(Pairings, RefusalIsAnsweredInGooglesJson) {
  const CurlAnswer got = curl(proxy, {GetParam().client, "https://sts.googleapis.com/v1/token"});
  EXPECT_EQ(got.status, 403);
  EXPECT_EQ(json_at(got.body, "/error/details/0/reason"), "RULE_DENIED");
}

INSTANTIATE_TEST_SUITE_P(
    Http2, Pairings,
    testing::Values(Pairing{"h1h1", "--http1.1", {"h2", "http/1.1"}, "http/1.1"},
                    Pairing{"h1h2", "--http1.1", {"h2"}, "h2"},
                    Pairing{"h2h1", "--http2", {"http/1.1"}, "http/1.1"},
                    Pairing{"h2h2", "--http2", {"h2", "http/1.1"}, "h2"}),
    [](const testing::TestParamInfo<Pairing>& each) { return each.param.name; });

class Http2 : public testing::Test {
 protected:
  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
};

TEST_F(Http2, ManyRequestsShareOneConnectionOnBothSides) {
  Http2Client client(proxy, kHost);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 90; ++i) ids.push_back(client.start("GET", "/r" + std::to_string(i)));
  std::string connection;
  for (int i = 0; i < 90; ++i) {
    const Http2Answer& answer = client.finish(ids[static_cast<std::size_t>(i)]);
    ASSERT_EQ(answer.status, 200);
    const Seen seen(answer.body);
    EXPECT_EQ(seen.target, "/r" + std::to_string(i));
    if (connection.empty()) connection = seen.connection;
    EXPECT_EQ(seen.connection, connection);
  }
}

TEST_F(Http2, MetricsCountConnectionsByProtocol) {
  Http2Client client(proxy, kHost);
  EXPECT_EQ(client.exchange("GET", "/").status, 200);
  EXPECT_EQ(curl(proxy, {echo_url("/")}).status, 200);
  const std::string metrics = curl_direct({"http://" + proxy.admin() + "/metrics"}).body;
  for (const char* line : {"wif_proxy_client_connections{protocol=\"h2\"} 1",
                           "wif_proxy_upstream_connections{protocol=\"h2\"} 1",
                           "wif_proxy_upstream_connections{protocol=\"h1\"} 1"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line;
  }
}

// One reader that stopped must hold up neither its neighbours on the client's connection nor other
// clients on the upstream's.
TEST_F(Http2, StalledReaderStopsNobodyElse) {
  const std::size_t before = proxy.memory();
  Http2Client client(proxy, kHost);
  std::vector<std::int32_t> stalled;
  for (int i = 0; i < 8; ++i) {
    stalled.push_back(client.start("GET", "/bytes/50000000"));
    client.stall(stalled.back());
  }
  client.run_until([&] {
    return std::all_of(stalled.begin(), stalled.end(), [&](std::int32_t id) {
      return client.answer(id).bytes == 1u << 20;  // the whole window of the stream
    });
  });
  for (int i = 0; i < 5; ++i) {
    const Http2Answer& answer = client.exchange("GET", "/bytes/3000000");
    EXPECT_EQ(answer.body, sandbox::known_content(3'000'000));
  }
  Http2Client other(proxy, kHost);
  EXPECT_EQ(other.exchange("GET", "/bytes/3000000").bytes, 3'000'000u);
  EXPECT_LT(proxy.memory(), before + kMaxGrowth);
}

TEST_F(Http2, CancelledRequestEndsUpstreamAndTheConnectionGoesOn) {
  Http2Client client(proxy, kHost);
  const auto id = client.start("GET", "/slow?ms=600000");
  ASSERT_TRUE(eventually([&] {
    client.ping();
    return client.run_until([&] { return true; }) && cloud.arrivals().count("echo", "/slow") == 1;
  }));
  client.reset(id);
  EXPECT_EQ(client.exchange("GET", "/after").status, 200);
  EXPECT_TRUE(proxy.wait_for_event("request", 2)) << "the cancelled one is over as well";
}

TEST_F(Http2, BodyAndTrailersOfARequestArrive) {
  Http2Client client(proxy, kHost);
  const auto id = client.start("POST", "/", {{"te", "trailers"}}, false);
  client.write(id, "hello", false);
  client.trailers(id, {{"x-sum", "5"}, {"authorization", "Bearer mine"}});
  const Http2Answer& answer = client.finish(id);
  ASSERT_EQ(answer.status, 200);
  const Seen seen(answer.body);
  EXPECT_EQ(seen.body_bytes, "5");
  EXPECT_EQ(seen.values("te"), "trailers");
  EXPECT_EQ(sandbox::find_header(seen.trailers, "x-sum"), "5");
  EXPECT_EQ(sandbox::find_header(seen.trailers, "authorization"), "") << "R-4.2.1";
}

// Both directions at once, as gRPC's streams need it.
TEST_F(Http2, BothDirectionsFlowAtOnce) {
  Http2Client client(proxy, kHost);
  const auto id = client.start("POST", "/mirror", {}, false);
  for (int i = 1; i <= 5; ++i) {
    client.write(id, "0123456789", false);
    ASSERT_TRUE(client.run_until([&] { return client.answer(id).body.size() == 10u * i; }));
  }
  client.write(id, "", true);
  EXPECT_TRUE(client.finish(id).ended);
}

TEST_F(Http2, EarlyAnswerEndsTheUpload) {
  Http2Client client(proxy, kHost);
  const auto id = client.start("POST", "/early", {}, false);
  client.write(id, std::string(100'000, 'x'), false);
  const Http2Answer& answer = client.finish(id);
  EXPECT_EQ(answer.status, 413);
  EXPECT_TRUE(answer.ended);
  EXPECT_EQ(answer.error, NGHTTP2_NO_ERROR) << "RFC 9113 8.1";
}

TEST_F(Http2, MalformedRequestsAreStreamErrors) {
  Http2Client client(proxy, kHost);
  const std::vector<sandbox::HeaderList> malformed{
      {{"connection", "close"}},
      {{"transfer-encoding", "chunked"}},
      {{"x-space", " x"}},
      {{"x y", "x"}},
      {{"x-control", "a\x01"}},
      {{"te", "gzip"}},
      {{":path", ""}},
      {{":path", "/a b"}},
      {{":method", "GE T"}},
      {{":unknown", "x"}},
      {{"host", "other.example"}},
      {{"content-length", "5"}},
      {{"content-length", "x"}},
      {{"x-newline", "a\r\nb: c"}},
  };
  for (const auto& fields : malformed) {
    const Http2Answer& answer = client.exchange("GET", "/malformed", fields);
    const bool refused =
        answer.error == NGHTTP2_PROTOCOL_ERROR || (answer.status >= 400 && answer.status < 500);
    EXPECT_TRUE(refused) << fields[0].first << ": " << fields[0].second << " gave " << answer.status
                         << " and error " << answer.error;
  }
  EXPECT_EQ(client.exchange("GET", "/fine").status, 200);
  EXPECT_EQ(cloud.arrivals().count("echo", "/malformed"), 0u);
}

TEST_F(Http2, ConnectInsideASessionIsRefused) {
  Http2Client client(proxy, kHost);
  const Http2Answer& answer = client.exchange("CONNECT", "", {{":path", ""}, {":scheme", ""}});
  EXPECT_EQ(answer.status, 405);
}

TEST_F(Http2, HeadBeyondTheLimitsGets431) {
  Http2Client client(proxy, kHost);
  sandbox::HeaderList many;
  for (int i = 0; i < 140; ++i) many.emplace_back("x-" + std::to_string(i), "v");
  EXPECT_EQ(client.exchange("GET", "/", many).status, 431);
  EXPECT_EQ(client.exchange("GET", "/", {{"x-big", std::string(40'000, 'x')}}).status, 431);
  EXPECT_EQ(client.exchange("GET", "/").status, 200);
}

// whoever goes on naming other authorities is not listened to any more.
TEST_F(Http2, ThirdWrongAuthorityEndsTheConnection) {
  Http2Client client(proxy, kHost);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.exchange("GET", "/", {{":authority", "other.googleapis.com"}}).status, 421);
  }
  EXPECT_TRUE(client.run_until([&] { return client.goaway(); }));
}

TEST_F(Http2, AuthorityMayNameThePort) {
  Http2Client client(proxy, kHost);
  const auto& answer = client.exchange("GET", "/", {{":authority", std::string(kHost) + ":443"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Seen(answer.body).values("host"), kHost);
}

TEST_F(Http2, CookieCrumbsAreOneFieldInHttp11) {
  cloud.speak("google_apis", {"http/1.1"});
  Http2Client client(proxy, kHost);
  const auto& answer = client.exchange("GET", "/", {{"cookie", "a=1"}, {"cookie", "b=2"}});
  EXPECT_EQ(Seen(answer.body).values("cookie"), "a=1; b=2");
}

TEST_F(Http2, DrainLetsRequestsFinishAndSaysGoaway) {
  Http2Client client(proxy, kHost);
  const auto id = client.start("GET", "/slow?ms=1500");
  ASSERT_TRUE(eventually([&] {
    client.ping();
    return client.run_until([&] { return true; }) && cloud.arrivals().count("echo", "/slow") == 1;
  }));
  proxy.signal(SIGTERM);
  const Http2Answer& answer = client.finish(id);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.ended);
  EXPECT_TRUE(client.goaway());
  EXPECT_EQ(client.goaway_error(), NGHTTP2_NO_ERROR);
  EXPECT_EQ(proxy.stop(), 0);
}

// CVE-2023-44487: opening and resetting streams must not be free.
TEST_F(Http2, FloodOfResetsEndsTheConnection) {
  Http2Client client(proxy, kHost);
  for (int i = 0; i < 30 && !client.ended(); ++i) {
    std::vector<std::int32_t> ids;
    for (int j = 0; j < 90; ++j) ids.push_back(client.start("GET", "/slow?ms=60000"));
    client.run_until([] { return true; });
    for (const std::int32_t id : ids) client.reset(id);
    client.run_until([] { return true; });
  }
  client.run_until([&] { return client.goaway(); });
  EXPECT_TRUE(client.goaway() || client.ended());
  EXPECT_EQ(curl(proxy, {echo_url("/other")}).status, 200);
}

TEST_F(Http2, FloodOfPingsEndsTheConnection) {
  Http2Client client(proxy, kHost);
  for (int i = 0; i < 300 && !client.goaway(); ++i) {
    for (int j = 0; j < 100; ++j) client.ping();
    if (!client.run_until([&] { return true; })) break;
  }
  client.run_until([&] { return client.goaway(); });
  EXPECT_TRUE(client.goaway() || client.ended());
  EXPECT_EQ(curl(proxy, {echo_url("/other")}).status, 200);
}

// An upload whose upstream breaks is answered: the client has not given up.
TEST_F(Http2, UploadToAnUpstreamThatClosesIsAnswered) {
  for (const std::vector<std::string>& protocols :
       {std::vector<std::string>{"h2"}, std::vector<std::string>{"http/1.1"}}) {
    cloud.speak("google_apis", protocols);
    Http2Client client(proxy, kHost);
    const auto id = client.start("PUT", "/close", {}, false);
    client.write(id, std::string(300'000, 'x'), false);
    EXPECT_EQ(client.finish(id).status, 502) << protocols[0];
  }
}

TEST_F(Http2, UpstreamThatGoesAwayIsReplaced) {
  Http2Client client(proxy, kHost);
  EXPECT_EQ(client.exchange("GET", "/a").status, 200);
  cloud.server("google_apis").drop_connections();
  EXPECT_EQ(client.exchange("GET", "/b").status, 200);
  EXPECT_EQ(client.exchange("GET", "/close").status, 502) << "closed before any byte of an answer";
  EXPECT_EQ(client.exchange("GET", "/c").status, 200);
}

std::string grpc_status(const Http2Answer& answer) {
  return std::string(answer.header("grpc-status"));
}

// Our refusals in the form that gRPC clients read: HTTP 200, and all in one head.
TEST_F(Http2, RefusalOfAGrpcCallIsAGrpcStatus) {
  Http2Client client(proxy, "sts.googleapis.com");
  const auto id = client.start("POST", "/x.Y/Z",
                               {{"content-type", "application/grpc"}, {"te", "trailers"}}, false);
  client.write(id, std::string("\0\0\0\0\0", 5), true);
  const Http2Answer& answer = client.finish(id);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.ended);
  EXPECT_EQ(answer.bytes, 0u);
  EXPECT_EQ(grpc_status(answer), "7");
  EXPECT_NE(answer.header("grpc-message").find("mints tokens"), std::string_view::npos);
  EXPECT_NE(answer.header("grpc-status-details-bin"), "");
  EXPECT_NE(answer.header("proxy-status").find("RULE_DENIED"), std::string_view::npos);
}

TEST_F(Http2, GrpcToAnUpstreamWithoutHttp2IsRefused) {
  cloud.speak("google_apis", {"http/1.1"});
  Http2Client client(proxy, kHost);
  const Http2Answer& answer =
      client.exchange("POST", "/x.Y/Z", {{"content-type", "application/grpc+proto"}});
  EXPECT_EQ(grpc_status(answer), "14");
  EXPECT_NE(answer.header("proxy-status").find("UPSTREAM_NO_HTTP2"), std::string_view::npos);
}

// A trailers-only answer stays one: gRPC looks for its status in the frame that ends the stream.
TEST_F(Http2, TrailersOnlyAnswerIsPassedOnInOneFrame) {
  Http2Client client(proxy, kHost);
  const Http2Answer& answer =
      client.exchange("HEAD", "/fields?grpc-status=5", {{"content-type", "application/grpc"}});
  EXPECT_EQ(grpc_status(answer), "5");
  EXPECT_TRUE(answer.ended);
}

}  // namespace
}  // namespace wif::test
