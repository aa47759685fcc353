// Heads of answers.
#include <gtest/gtest.h>

#include <string>

#include "http/h1_parser.h"
#include "tests/unit/http/h1_support.h"

namespace wif::http {
namespace {

using namespace std::string_literals;

TEST(H1Parser, ReadsAResponseHead) {
  const ParsedResponse parsed(
      "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nX-A:  b\r\nHost: kept\r\n\r\n");
  ASSERT_TRUE(parsed.result) << parsed.refusal();
  EXPECT_EQ(parsed.head.status, 404);
  EXPECT_EQ(parsed.head.reason, "Not Found");
  EXPECT_EQ(parsed.head.content_length, 3u);
  EXPECT_FALSE(parsed.head.no_body);
  EXPECT_EQ(parsed.head.headers.find("x-a"), "b");
}

TEST(H1Parser, ReadsAnEmptyReason) {
  for (const std::string line : {"HTTP/1.1 200 ", "HTTP/1.1 200"}) {
    const ParsedResponse parsed(line + "\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(parsed.result) << line << parsed.refusal();
    EXPECT_EQ(parsed.head.reason, "");
  }
}

TEST(H1Parser, RefusesMalformedAnswersAsTheUpstreamsFault) {
  for (const std::string answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n",
        "HTTP/1.1 200 OK\nA: b\n\n", "HTTP/1.1 200 OK\r\nA: b\x01\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: b\r\n\r\n", "HTTP/1.1 200 OK\r\nA\r\n\r\n",
        "HTTP/1.1 200 OK\r\n A: b\r\n\r\n"}) {
    const ParsedResponse parsed(answer);
    ASSERT_FALSE(parsed.result) << answer;
    EXPECT_EQ(parsed.result.error().reason, Reason::kUpstreamProtocol) << answer;
    EXPECT_NE(parsed.refusal(), "") << answer;
  }
  const ParsedResponse nul("HTTP/1.1 200 OK\r\nA: b"s + '\0' + "\r\n\r\n");
  EXPECT_EQ(nul.refusal(), "nul");
}

TEST(H1Parser, RefusesAnswersOverTheLimits) {
  H1Limits limits;
  limits.max_header_fields = 1;
  const ParsedResponse many("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n", "GET", limits);
  EXPECT_EQ(many.refusal(), "too_many_fields");
  EXPECT_EQ(many.result.error().reason, Reason::kUpstreamProtocol);
  limits.max_field_bytes = 5;
  const ParsedResponse large("HTTP/1.1 200 OK\r\nA: 12345\r\n\r\n", "GET", limits);
  EXPECT_EQ(large.refusal(), "field_too_large");
}

TEST(H1Parser, KnowsAnswersWithoutABody) {
  EXPECT_TRUE(ParsedResponse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD").head.no_body);
  EXPECT_TRUE(
      ParsedResponse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD").head.no_body);
  EXPECT_TRUE(ParsedResponse("HTTP/1.1 200 OK\r\n\r\n", "HEAD").head.no_body);
  EXPECT_TRUE(ParsedResponse("HTTP/1.1 204 No Content\r\n\r\n").head.no_body);
  EXPECT_TRUE(
      ParsedResponse("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").head.no_body);
  EXPECT_TRUE(ParsedResponse("HTTP/1.1 100 Continue\r\n\r\n").head.no_body);
  EXPECT_TRUE(ParsedResponse("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n").head.no_body);
  EXPECT_TRUE(ParsedResponse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").head.no_body);
}

TEST(H1Parser, ReadsTheAnswerBehindInterimOnes) {
  const H1Limits limits;
  H1Parser parser(HeadKind::kResponse, limits);
  ResponseHead head;
  for (const std::string first :
       {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n"}) {
    std::string interim = first;
    ASSERT_TRUE(parser.parse_response_head(interim.data(), interim.size(), "GET", head));
    std::string last = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    ASSERT_TRUE(parser.parse_response_head(last.data(), last.size(), "GET", head));
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(read_body(parser, "okX"), (ReadBody{"ok", true, 2, ""}));
  }
}

}  // namespace
}  // namespace wif::http
