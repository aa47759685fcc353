// Bodies as the parser gives them out: chunked, of a length, and up to the end of the connection,
// the same whatever the pieces in which they come.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "http/h1_parser.h"
#include "tests/unit/http/h1_support.h"

namespace wif::http {
namespace {

using namespace std::string_literals;

ReadBody chunked(std::string_view bytes, const std::vector<std::size_t>& splits = {},
                 const H1Limits& limits = {}) {
  ParsedRequest parsed(std::string(kChunkedHead), limits);
  EXPECT_TRUE(parsed.result) << parsed.refusal();
  return read_body(parsed.parser, bytes, splits);
}

// The same whatever the pieces: whole, byte by byte, and cut once at every offset.
void expect_chunked(std::string_view bytes, const ReadBody& expected) {
  EXPECT_EQ(chunked(bytes), expected);
  EXPECT_EQ(chunked(bytes, every_offset(bytes.size())), expected) << "byte by byte";
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    EXPECT_EQ(chunked(bytes, {at}), expected) << "cut at " << at;
  }
}

void expect_refused(std::string_view bytes, const std::set<std::string>& codes) {
  std::vector<std::vector<std::size_t>> ways{{}, every_offset(bytes.size())};
  for (std::size_t at = 1; at < bytes.size(); ++at) ways.push_back({at});
  for (const auto& splits : ways) {
    const ReadBody body = chunked(bytes, splits);
    EXPECT_TRUE(codes.contains(body.refusal))
        << testing::PrintToString(bytes) << " gave \"" << body.refusal << "\", cut at "
        << testing::PrintToString(splits);
    EXPECT_FALSE(body.last);
  }
}

TEST(ChunkedBody, IsTheSameForEverySplit) {
  const std::string_view bytes = "5\r\nhello\r\n1\r\n,\r\n00a\r\n wonderful\r\n0\r\n\r\n";
  expect_chunked(bytes, {"hello, wonderful", true, bytes.size(), ""});
}

TEST(ChunkedBody, IsTheSameForEverySplitWithExtensionsAndTrailers) {
  const std::string_view bytes =
      "5;a=b;c=\"d;e\"\r\nhello\r\n6;x\r\n\r\n0\r\n\r\r\n0;last\r\nX-Sum: 1\r\nY:\r\nZ: 2 3 "
      "\r\n\r\n";
  const ReadBody expected{"hello\r\n0\r\n\r", true, bytes.size(), ""};
  std::vector<std::vector<std::size_t>> ways{{}, every_offset(bytes.size())};
  for (std::size_t at = 1; at < bytes.size(); ++at) ways.push_back({at});
  for (const auto& splits : ways) {
    ParsedRequest parsed{std::string(kChunkedHead)};
    EXPECT_EQ(read_body(parsed.parser, bytes, splits), expected) << testing::PrintToString(splits);
    EXPECT_EQ(fields_of(parsed.parser.trailers()),
              (Fields{{"x-sum", "1"}, {"y", ""}, {"z", "2 3"}}));
  }
}

TEST(ChunkedBody, MayBeEmpty) {
  expect_chunked("0\r\n\r\n", {"", true, 5, ""});
  expect_chunked("0000000000000000\r\n\r\n", {"", true, 20, ""});
}

TEST(ChunkedBody, LeavesWhatFollowsUntouched) {
  const std::string rest = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const std::string bytes : {"1\r\na\r\n0\r\n\r\n", "1\r\na\r\n0\r\nT: u\r\n\r\n"}) {
    for (std::size_t at = 1; at <= bytes.size(); ++at) {
      ParsedRequest parsed{std::string(kChunkedHead)};
      const ReadBody body = read_body(parsed.parser, bytes + rest, {at});
      EXPECT_EQ(body, (ReadBody{"a", true, bytes.size(), ""})) << at;
    }
  }
}

TEST(ChunkedBody, TakesSixteenDigitsInAnyCase) {
  expect_chunked("000000000000000B\r\n0123456789a\r\n0\r\n\r\n", {"0123456789a", true, 36, ""});
  expect_chunked("b\r\n0123456789a\r\n0\r\n\r\n", {"0123456789a", true, 21, ""});
}

TEST(ChunkedBody, RefusesMoreThanSixteenDigits) {
  expect_refused("00000000000000001\r\na\r\n0\r\n\r\n", {"chunk_size"});
  expect_refused("1\r\na\r\n00000000000000000\r\n\r\n", {"chunk_size"});
  expect_refused("10000000000000000\r\na", {"chunk_size"});
}

TEST(ChunkedBody, RefusesSizesThatAreNotHexadecimal) {
  for (const std::string_view size :
       {"", "x", "0x1", "+1", "-1", " 1", "1 ", "1\t", "g", ";a", "1 ;a"}) {
    expect_refused(std::string(size) + "\r\na\r\n0\r\n\r\n", {"chunk_size"});
  }
}

TEST(ChunkedBody, RefusesLinesThatDoNotEndInCrLf) {
  const std::set<std::string> codes{"chunk_bare_lf", "chunk_bare_cr", "chunk_data_end",
                                    "chunk_size"};
  for (const std::string_view bytes :
       {"1\na\r\n0\r\n\r\n", "1\ra\r\n0\r\n\r\n", "1\r\na\n0\r\n\r\n", "1\r\na\r0\r\n\r\n",
        "1\r\naX\r\n0\r\n\r\n", "1\r\naXX0\r\n\r\n", "1\r\na\r\n0\n\r\n", "1\r\na\r\n0\r\n\n",
        "1\r\na0\r\n\r\n", "1\r\n\r\na\r\n0\r\n\r\n"}) {
    expect_refused(bytes, codes);
  }
}

TEST(ChunkedBody, RefusesCrOrLfInsideAnExtension) {
  const std::set<std::string> codes{"chunk_bare_lf", "chunk_bare_cr"};
  expect_refused("1;a\nb\r\na\r\n0\r\n\r\n", codes);
  expect_refused("1;a\rb\r\na\r\n0\r\n\r\n", codes);
  expect_refused("1;a=\"\r\"\r\na\r\n0\r\n\r\n", codes);
  expect_refused("1;a=\"\n\"\r\na\r\n0\r\n\r\n", codes);
}

TEST(ChunkedBody, BoundsExtensions) {
  H1Limits limits;
  limits.chunk.line_bytes = 20;
  EXPECT_EQ(chunked("1;" + std::string(16, 'a') + "\r\na\r\n0\r\n\r\n", {}, limits).refusal, "");
  EXPECT_EQ(chunked("1;" + std::string(17, 'a') + "\r\na\r\n0\r\n\r\n", {}, limits).refusal,
            "chunk_line_too_long");
  limits.chunk.extension_bytes = 30;
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += "1;aaaaaaa\r\na\r\n";
  EXPECT_EQ(chunked(bytes + "0\r\n\r\n", {}, limits).refusal, "chunk_extensions_too_large");
}

// is for trailers too.
TEST(ChunkedBody, RefusesMalformedTrailers) {
  const std::set<std::string> codes{"chunk_bare_lf",      "chunk_bare_cr", "obs_fold",
                                    "space_before_colon", "empty_name",    "field_name",
                                    "missing_colon",      "control_byte"};
  for (const std::string_view trailers :
       {"A: b\r\n c\r\n", "A: b\r\n\tc\r\n", " A: b\r\n", ": b\r\n", "A\r\n", "A : b\r\n",
        "A B: c\r\n", "A: b\n", "A: b\rC: d\r\n", "A: \x01\r\n", "A\x80: b\r\n", "GET /\r\n"}) {
    expect_refused("0\r\n" + std::string(trailers) + "\r\n", codes);
  }
  expect_refused("0\r\nA: b"s + '\0' + "\r\n\r\n", codes);
}

// They cannot change the framing that is under way; rewrite.h drops them.
TEST(ChunkedBody, FramingFieldsInTrailersChangeNothing) {
  for (const std::string name : {"Content-Length: 5", "Transfer-Encoding: chunked", "Host: b"}) {
    const std::string bytes = "1\r\na\r\n0\r\n" + name + "\r\n\r\n";
    EXPECT_EQ(chunked(bytes + "GET"), (ReadBody{"a", true, bytes.size(), ""})) << name;
  }
}

TEST(ChunkedBody, BoundsTrailers) {
  H1Limits limits;
  limits.max_trailer_fields = 2;
  EXPECT_EQ(chunked("0\r\nA: 1\r\nB: 2\r\n\r\n", {}, limits).refusal, "");
  EXPECT_EQ(chunked("0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", {}, limits).refusal, "too_many_trailers");
  limits.chunk.trailer_bytes = 20;
  EXPECT_EQ(chunked("0\r\nA: " + std::string(30, 'b') + "\r\n\r\n", {}, limits).refusal,
            "trailers_too_large");
}

TEST(ChunkedBody, CutShortIsNotComplete) {
  const std::string_view bytes = "1;x\r\na\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ParsedRequest parsed{std::string(kChunkedHead)};
    EXPECT_FALSE(read_body(parsed.parser, bytes.substr(0, size)).last) << size;
    EXPECT_FALSE(parsed.parser.end_of_input()) << size;
  }
}

TEST(ChunkedBody, LargeChunksArePassedOnAsTheyCome) {
  ParsedRequest parsed{std::string(kChunkedHead)};
  std::string piece = "FFFFFFFFFFFFFFF\r\n" + std::string(1000, 'x');
  auto body = parsed.parser.parse_body(piece.data(), piece.size());
  ASSERT_TRUE(body);
  EXPECT_EQ(body->data, std::string(1000, 'x'));
  EXPECT_FALSE(body->last);
}

TEST(LengthBody, IsTheSameForEverySplitAndLeavesTheRest) {
  const std::string bytes = "0123456789";
  const std::string rest = "GET / HTTP/1.1\r\n\r\n";
  for (std::size_t at = 0; at <= bytes.size() + 3; ++at) {
    ParsedRequest parsed(with("Content-Length: 10"));
    ASSERT_TRUE(parsed.result);
    EXPECT_EQ(read_body(parsed.parser, bytes + rest, {at}), (ReadBody{bytes, true, 10, ""})) << at;
  }
  ParsedRequest parsed(with("Content-Length: 10"));
  EXPECT_EQ(read_body(parsed.parser, bytes + rest, every_offset(15)),
            (ReadBody{bytes, true, 10, ""}));
}

TEST(LengthBody, CutShortIsNotComplete) {
  ParsedRequest parsed(with("Content-Length: 10"));
  EXPECT_EQ(read_body(parsed.parser, "012345678"), (ReadBody{"012345678", false, 9, ""}));
  EXPECT_FALSE(parsed.parser.end_of_input());
}

TEST(ResponseBody, EndsWithTheConnectionWhereNothingElseSaysSo) {
  for (const std::string line : {"HTTP/1.1 200 OK", "HTTP/1.0 200 OK"}) {
    ParsedResponse parsed(line + "\r\nA: b\r\n\r\n");
    ASSERT_TRUE(parsed.result);
    EXPECT_FALSE(parsed.head.content_length);
    EXPECT_FALSE(parsed.head.no_body);
    EXPECT_EQ(read_body(parsed.parser, "anything\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", {1, 5}),
              (ReadBody{"anything\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", false, 34, ""}));
    EXPECT_TRUE(parsed.parser.end_of_input());
  }
}

TEST(ResponseBody, OfALengthOrChunkedDoesNotEndWithTheConnection) {
  ParsedResponse length("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(read_body(length.parser, "abcd"), (ReadBody{"abcd", false, 4, ""}));
  EXPECT_FALSE(length.parser.end_of_input());
  ParsedResponse chunks("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(read_body(chunks.parser, "1\r\na\r\n0\r\n"), (ReadBody{"a", false, 9, ""}));
  EXPECT_FALSE(chunks.parser.end_of_input());
  EXPECT_EQ(chunks.parser.end_of_input().error().reason, Reason::kUpstreamProtocol);
}

TEST(ResponseBody, ChunkedIsTheSameForEverySplit) {
  const std::string_view bytes = "5;x\r\nhello\r\n0\r\nT: u\r\n\r\n";
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    ParsedResponse parsed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(read_body(parsed.parser, std::string(bytes) + "HTTP", {at}),
              (ReadBody{"hello", true, bytes.size(), ""}))
        << at;
    EXPECT_EQ(fields_of(parsed.parser.trailers()), (Fields{{"t", "u"}}));
  }
}

}  // namespace
}  // namespace wif::http
