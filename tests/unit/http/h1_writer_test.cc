#include "http/h1_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/http/h1_support.h"

namespace wif::http {
namespace {

class H1WriterTest : public testing::Test {
 protected:
  std::string request(const RequestHead& head, bool last) {
    writer.request(head, last);
    EXPECT_TRUE(run(writer.flush()));
    return transport.written();
  }
  std::string response(const ResponseHead& head, Version version = Version::kHttp11,
                       bool last = false, bool close = false) {
    transport.records.clear();
    delimited = writer.response(head, version, last, close);
    EXPECT_TRUE(run(writer.flush()));
    return transport.written();
  }
  void body(std::string_view bytes, bool last) { EXPECT_TRUE(run(writer.body(bytes, last))); }

  ScriptedTransport transport;
  H1Writer writer{transport};
  bool delimited = false;
};

RequestHead get() {
  RequestHead head;
  head.method = "GET";
  head.path_and_query = "/a?b";
  head.authority = "a.example";
  return head;
}

// Heads share memory; what one connection could not send must not begin the message of another.
TEST_F(H1WriterTest, AMessageThatCouldNotBeSentIsInNoOther) {
  transport.break_off();
  RequestHead secret = get();
  secret.headers.add_view("authorization", "Bearer secret");
  writer.request(secret, true);
  EXPECT_FALSE(run(writer.flush()));
  ScriptedTransport other_transport;
  H1Writer other{other_transport};
  RequestHead large = get();
  large.headers.add("x", std::string(5000, 'x'));
  other.request(large, true);
  EXPECT_TRUE(run(other.flush()));  // and gives back more memory than the first has

  writer.request(get(), true);
  other_transport.records.clear();
  other.request(get(), true);
  EXPECT_TRUE(run(other.flush()));
  EXPECT_EQ(other_transport.written(), "GET /a?b HTTP/1.1\r\nhost: a.example\r\n\r\n");
}

TEST_F(H1WriterTest, WritesARequestWithHostFirst) {
  RequestHead head = get();
  head.headers.add_view("accept", "*/*");
  head.headers.add_view("empty", "");
  EXPECT_EQ(request(head, true),
            "GET /a?b HTTP/1.1\r\nhost: a.example\r\naccept: */*\r\nempty: \r\n\r\n");
}

TEST_F(H1WriterTest, WritesOneFramingField) {
  RequestHead head = get();
  head.method = "POST";
  head.content_length = 18446744073709551615u;
  EXPECT_EQ(
      request(head, false),
      "POST /a?b HTTP/1.1\r\nhost: a.example\r\ncontent-length: 18446744073709551615\r\n\r\n");
  transport.records.clear();
  head.content_length.reset();
  head.chunked = true;
  EXPECT_EQ(request(head, false),
            "POST /a?b HTTP/1.1\r\nhost: a.example\r\ntransfer-encoding: chunked\r\n\r\n");
}

// A POST without a body says so (RFC 9110 8.6); some servers answer 411 otherwise.
TEST_F(H1WriterTest, KeepsALengthOfZero) {
  RequestHead head = get();
  head.method = "POST";
  head.content_length = 0;
  EXPECT_NE(request(head, true).find("content-length: 0\r\n"), std::string::npos);
}

TEST_F(H1WriterTest, SpeaksHttp11WhateverTheClientSpoke) {
  RequestHead head = get();
  head.version = Version::kHttp10;
  EXPECT_EQ(request(head, true).substr(0, 19), "GET /a?b HTTP/1.1\r\n");
}

TEST_F(H1WriterTest, PassesOnTheExpectation) {
  RequestHead head = get();
  head.content_length = 1;
  head.expect_continue = true;
  EXPECT_NE(request(head, false).find("expect: 100-continue\r\n"), std::string::npos);
}

TEST_F(H1WriterTest, SendsASmallMessageAtOnce) {
  RequestHead head = get();
  head.content_length = 5;
  writer.request(head, false);
  EXPECT_TRUE(transport.records.empty());
  body("hello", true);
  ASSERT_EQ(transport.records.size(), 1u);
  EXPECT_TRUE(transport.records[0].ends_with("\r\n\r\nhello"));
}

TEST_F(H1WriterTest, FillsTheFirstRecordAndDoesNotCopyTheRest) {
  RequestHead head = get();
  head.content_length = 60000;
  writer.request(head, false);
  const std::string bytes(60000, 'x');
  body(bytes, true);
  ASSERT_EQ(transport.records.size(), 2u);
  EXPECT_EQ(transport.records[0].size(), 16384u);
  EXPECT_TRUE(transport.written().ends_with(bytes));
}

TEST_F(H1WriterTest, WritesChunks) {
  RequestHead head = get();
  head.chunked = true;
  request(head, false);
  transport.records.clear();
  body("hello", false);
  EXPECT_EQ(transport.written(), "5\r\nhello\r\n");
  transport.records.clear();
  body(std::string(26, 'x'), true);
  EXPECT_EQ(transport.written(), "1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n");
}

TEST_F(H1WriterTest, NoBytesAreNoChunk) {
  RequestHead head = get();
  head.chunked = true;
  request(head, false);
  transport.records.clear();
  body("", false);
  EXPECT_EQ(transport.written(), "");
  body("", true);
  EXPECT_EQ(transport.written(), "0\r\n\r\n");
}

TEST_F(H1WriterTest, LargeChunksKeepTheirSuffix) {
  RequestHead head = get();
  head.chunked = true;
  request(head, false);
  for (const std::size_t size : {16370u, 16378u, 16380u, 16384u, 16390u, 60000u}) {
    transport.records.clear();
    const std::string bytes(size, 'x');
    body(bytes, false);
    char line[32];
    std::snprintf(line, sizeof line, "%zx\r\n", size);
    EXPECT_TRUE(transport.written() == line + bytes + "\r\n") << size;
  }
}

TEST_F(H1WriterTest, WritesTrailersBehindTheLastChunk) {
  ResponseHead head;
  response(head);
  transport.records.clear();
  body("a", false);
  Headers trailers;
  trailers.add_view("x-sum", "1");
  EXPECT_TRUE(run(writer.finish(trailers)));
  EXPECT_EQ(transport.written(), "1\r\na\r\n0\r\nx-sum: 1\r\n\r\n");
}

TEST_F(H1WriterTest, HasNoTrailersWithoutChunks) {
  ResponseHead head;
  head.content_length = 1;
  response(head);
  transport.records.clear();
  body("a", false);
  Headers trailers;
  trailers.add_view("x-sum", "1");
  EXPECT_TRUE(run(writer.finish(trailers)));
  EXPECT_EQ(transport.written(), "a");
}

TEST_F(H1WriterTest, WritesAnAnswer) {
  ResponseHead head;
  head.content_length = 2;
  head.headers.add_view("a", "b");
  EXPECT_EQ(response(head), "HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 2\r\n\r\n");
  EXPECT_TRUE(delimited);
  head.status = 404;
  head.reason = "Nowhere";
  EXPECT_EQ(response(head), "HTTP/1.1 404 Nowhere\r\na: b\r\ncontent-length: 2\r\n\r\n");
}

TEST_F(H1WriterTest, WritesNumbersWithoutAPhrase) {
  ResponseHead head;
  head.status = 299;
  head.content_length = 0;
  EXPECT_EQ(response(head), "HTTP/1.1 299 \r\ncontent-length: 0\r\n\r\n");
}

TEST_F(H1WriterTest, ChunksAnAnswerOfUnknownLength) {
  const ResponseHead head;
  EXPECT_EQ(response(head), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  EXPECT_TRUE(delimited);
}

TEST_F(H1WriterTest, EndsAnAnswerToHttp10WithTheConnection) {
  ResponseHead head;
  EXPECT_EQ(response(head, Version::kHttp10), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
  EXPECT_FALSE(delimited);
  transport.records.clear();
  body("abc", true);
  EXPECT_EQ(transport.written(), "abc");
  head.content_length = 3;
  EXPECT_EQ(response(head, Version::kHttp10), "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n");
  EXPECT_TRUE(delimited);
}

TEST_F(H1WriterTest, SaysClose) {
  ResponseHead head;
  head.content_length = 0;
  EXPECT_EQ(response(head, Version::kHttp11, true, true),
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}

TEST_F(H1WriterTest, FramesNoBodyWhereThereIsNone) {
  ResponseHead head;
  head.no_body = true;
  EXPECT_EQ(response(head, Version::kHttp11, true), "HTTP/1.1 200 OK\r\n\r\n");  // HEAD
  EXPECT_TRUE(delimited);
  head.content_length = 5;
  EXPECT_EQ(response(head, Version::kHttp11, true), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
  head.status = 304;
  EXPECT_EQ(response(head, Version::kHttp11, true),
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n");
  head.status = 204;  // RFC 9110 8.6: never a length
  EXPECT_EQ(response(head, Version::kHttp11, true), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_F(H1WriterTest, InterimAnswersHaveNeitherFramingNorClose) {
  ResponseHead head;
  head.status = 100;
  EXPECT_EQ(response(head, Version::kHttp11, false, true), "HTTP/1.1 100 Continue\r\n\r\n");
  head.status = 103;
  head.content_length = 5;
  head.headers.add_view("link", "x");
  EXPECT_EQ(response(head, Version::kHttp11, false, true),
            "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n");
}

// what was read in any spelling is written in one, and reading that again changes nothing.
TEST(H1RoundTrip, IsStableForRequests) {
  for (const std::string text :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /a%2Fb?c=%20&&d= HTTP/1.1\r\nHOST:a.example:80\r\nX-A:\t b  "
        "c\t\r\nCONTENT-LENGTH:007\r\n\r\n",
        "PUT /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding:  Chunked\r\nEmpty:\r\nx: 1\r\nX: "
        "2\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n",
        "GET /caf HTTP/1.1\r\nHost: a\r\nV: caf\xc3\xa9\r\n\r\n"}) {
    ParsedRequest first(text);
    ASSERT_TRUE(first.result) << text << first.refusal();
    first.head.path_and_query = first.head.target;
    ScriptedTransport transport;
    H1Writer writer(transport);
    writer.request(first.head, !first.head.has_body());
    ASSERT_TRUE(run(writer.flush()));
    const std::string written = transport.written();

    ParsedRequest second(written);
    ASSERT_TRUE(second.result) << written << second.refusal();
    EXPECT_EQ(second.head.method, first.head.method);
    EXPECT_EQ(second.head.target, first.head.target);
    EXPECT_EQ(second.head.authority, first.head.authority);
    EXPECT_EQ(second.head.chunked, first.head.chunked);
    EXPECT_EQ(second.head.content_length, first.head.content_length);
    EXPECT_EQ(second.head.expect_continue, first.head.expect_continue);
    EXPECT_EQ(fields_of(second.head.headers), fields_of(first.head.headers));

    second.head.path_and_query = second.head.target;
    transport.records.clear();
    writer.request(second.head, !second.head.has_body());
    ASSERT_TRUE(run(writer.flush()));
    EXPECT_EQ(transport.written(), written);
  }
}

TEST(H1RoundTrip, IsStableForAnswers) {
  for (const std::string text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA:b\r\n\r\n",
        "HTTP/1.1 200\r\nTransfer-Encoding: CHUNKED\r\n\r\n",
        "HTTP/1.0 206 Partial Content\r\nContent-Length:5\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nX:\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 9\r\n\r\n",
        "HTTP/1.1 308 \r\nContent-Length: 0\r\n\r\n"}) {
    ParsedResponse first(text);
    ASSERT_TRUE(first.result) << text << first.refusal();
    ScriptedTransport transport;
    H1Writer writer(transport);
    writer.response(first.head, Version::kHttp11, first.head.no_body, false);
    ASSERT_TRUE(run(writer.flush()));
    const std::string written = transport.written();
    ParsedResponse second(written);
    ASSERT_TRUE(second.result) << written << second.refusal();
    EXPECT_EQ(second.head.status, first.head.status);
    EXPECT_EQ(second.head.content_length, first.head.content_length);
    EXPECT_EQ(second.head.no_body, first.head.no_body);
    EXPECT_EQ(fields_of(second.head.headers), fields_of(first.head.headers));
    transport.records.clear();
    writer.response(second.head, Version::kHttp11, second.head.no_body, false);
    ASSERT_TRUE(run(writer.flush()));
    EXPECT_EQ(transport.written(), written);
  }
}

TEST(H1RoundTrip, IsStableForChunkedBodies) {
  ParsedRequest first("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const ReadBody body =
      read_body(first.parser, "005;ext=\"1\"\r\nhello\r\n1\r\n!\r\n00;x\r\nT: u\r\n\r\n");
  ASSERT_TRUE(body.last) << body.refusal;
  ScriptedTransport transport;
  H1Writer writer(transport);
  writer.request(first.head, false);
  ASSERT_TRUE(run(writer.flush()));
  transport.records.clear();
  ASSERT_TRUE(run(writer.body(body.data, false)));
  ASSERT_TRUE(run(writer.finish(first.parser.trailers())));
  EXPECT_EQ(transport.written(), "6\r\nhello!\r\n0\r\nt: u\r\n\r\n");
  ParsedRequest second("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(read_body(second.parser, transport.written()).data, "hello!");
  EXPECT_EQ(fields_of(second.parser.trailers()), (Fields{{"t", "u"}}));
}

}  // namespace
}  // namespace wif::http
