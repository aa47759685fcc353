#include "http/chunk_guard.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace wif::http {
namespace {

// Framing bytes; a part starting with "<" stands for chunk data.
std::string feed(const std::vector<std::string_view>& parts, const ChunkLimits& limits = {},
                 bool byte_by_byte = false) {
  ChunkGuard guard(limits);
  for (const std::string_view part : parts) {
    if (part.starts_with('<')) {
      guard.data_seen();
      continue;
    }
    const std::size_t step = byte_by_byte ? 1 : part.size();
    for (std::size_t at = 0; at < part.size(); at += step) {
      if (const auto wrong = guard.feed(part.substr(at, step))) return std::string(*wrong);
    }
  }
  return "";
}

void expect(const std::vector<std::string_view>& parts, std::string_view code) {
  EXPECT_EQ(feed(parts), code);
  EXPECT_EQ(feed(parts, {}, true), code) << "byte by byte";
}

TEST(ChunkGuard, TakesChunksAndTheirEnd) {
  expect({"5\r\n", "<data", "\r\n0\r\n\r\n"}, "");
  expect({"5\r\n", "<data", "\r\n", "aF\r\n", "<data", "\r\n0\r\n\r\n"}, "");
  expect({"0\r\n\r\n"}, "");
  expect({"000\r\n\r\n"}, "");
}

TEST(ChunkGuard, TakesDataThatComesInPieces) {
  expect({"5\r\n", "<da", "<ta", "\r\n0\r\n\r\n"}, "");
}

TEST(ChunkGuard, TakesSixteenDigitsAndRefusesMore) {
  expect({"0000000000000005\r\n", "<data", "\r\n0\r\n\r\n"}, "");
  expect({"00000000000000005\r\n"}, "chunk_size");
  expect({"0000000000000000\r\n\r\n"}, "");
  expect({"00000000000000000\r\n\r\n"}, "chunk_size");
  expect({"5\r\n", "<data", "\r\n00000000000000000\r\n\r\n"}, "chunk_size");
}

TEST(ChunkGuard, RefusesSizesThatAreNotHexadecimal) {
  for (const std::string_view size : {"\r\n", "g\r\n", "0x5\r\n", "+5\r\n", "-5\r\n", " 5\r\n",
                                      "5 \r\n", "5\t\r\n", ";a\r\n", "5 ;a\r\n", "5,\r\n"}) {
    expect({size}, "chunk_size");
  }
}

TEST(ChunkGuard, RefusesALoneLf) {
  expect({"5\n"}, "chunk_bare_lf");
  expect({"5;a\n"}, "chunk_bare_lf");
  expect({"5\r\n", "<data", "\n"}, "chunk_bare_lf");
  expect({"0\r\n\n"}, "chunk_bare_lf");
  expect({"0\r\na: b\n\r\n"}, "chunk_bare_lf");
}

TEST(ChunkGuard, RefusesABareCr) {
  expect({"5\rx"}, "chunk_bare_cr");
  expect({"5;a\rb\r\n"}, "chunk_bare_cr");
  expect({"5;a\r\r\n"}, "chunk_bare_cr");
  expect({"5\r\n", "<data", "\rx"}, "chunk_bare_cr");
  expect({"0\r\na: b\rc: d\r\n\r\n"}, "chunk_bare_cr");
}

// llhttp takes all of these.
TEST(ChunkGuard, RefusesTrailerLinesThatNoHeadMayHave) {
  expect({"0\r\na: b\r\n c\r\n\r\n"}, "trailer_line");
  expect({"0\r\na: b\r\n\tc\r\n\r\n"}, "trailer_line");
  expect({"0\r\n a: b\r\n\r\n"}, "trailer_line");
  expect({"0\r\n: b\r\n\r\n"}, "trailer_line");
}

TEST(ChunkGuard, BoundsAChunkLine) {
  ChunkLimits limits;
  limits.line_bytes = 10;
  EXPECT_EQ(feed({"5;abcdef\r\n"}, limits), "");
  EXPECT_EQ(feed({"5;abcdefg\r\n"}, limits), "chunk_line_too_long");
  EXPECT_EQ(feed({"5;abcdefg\r\n"}, limits, true), "chunk_line_too_long");
  EXPECT_EQ(feed({"5;abcdef\r\n", "<data", "\r\n5;abcdef\r\n"}, limits), "");
}

TEST(ChunkGuard, BoundsTheExtensionsOfABody) {
  ChunkLimits limits;
  limits.extension_bytes = 20;  // ";" to LF
  EXPECT_EQ(feed({"5;abcdefg\r\n", "<data", "\r\n5;abcdefg\r\n", "<data", "\r\n0\r\n\r\n"}, limits),
            "");
  EXPECT_EQ(feed({"5;abcdefg\r\n", "<data", "\r\n5;abcdefgh\r\n"}, limits),
            "chunk_extensions_too_large");
}

TEST(ChunkGuard, BoundsTrailers) {
  ChunkLimits limits;
  limits.trailer_bytes = 8;
  limits.line_bytes = 4;  // does not count for trailers
  EXPECT_EQ(feed({"0\r\na: b\r\n\r\n"}, limits), "");
  EXPECT_EQ(feed({"0\r\na: bc\r\n\r\n"}, limits), "trailers_too_large");
}

TEST(ChunkGuard, HasTheLimitsOfTheThreatModel) {
  const ChunkLimits limits;
  EXPECT_EQ(limits.line_bytes, 4096u);
  EXPECT_EQ(limits.extension_bytes, 65536u);
  EXPECT_EQ(limits.trailer_bytes, 16384u);
}

}  // namespace
}  // namespace wif::http
