#include "http/chunked.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace wif::http {
namespace {

struct Decoded {
  std::string data;
  std::size_t consumed = 0;
  bool done = false;
  std::string trailers;
  std::string code;

  bool operator==(const Decoded&) const = default;
};
void PrintTo(const Decoded& decoded, std::ostream* out) {
  *out << testing::PrintToString(decoded.data) << " after " << decoded.consumed
       << (decoded.done ? " done " : " open ") << testing::PrintToString(decoded.trailers) << " "
       << decoded.code;
}

// Pieces end at `splits`, ascending, and at the end.
Decoded decode(std::string_view bytes, std::vector<std::size_t> splits = {},
               const ChunkLimits& limits = {}) {
  ChunkedDecoder decoder(limits);
  Decoded decoded;
  splits.push_back(bytes.size());
  for (const std::size_t end : splits) {
    std::string piece(bytes.substr(decoded.consumed, end - decoded.consumed));
    ChunkedDecoder::Piece step;
    if (const auto wrong = decoder.decode(piece.data(), piece.size(), step)) {
      decoded.code = *wrong;
      return decoded;
    }
    decoded.data += piece.substr(0, step.data_bytes);
    decoded.consumed += step.consumed;
    if (decoder.done()) break;
  }
  decoded.done = decoder.done();
  if (decoded.done) decoded.trailers = decoder.trailers();
  return decoded;
}

std::vector<std::size_t> every_offset(std::size_t size) {
  std::vector<std::size_t> splits;
  for (std::size_t at = 1; at < size; ++at) splits.push_back(at);
  return splits;
}

// The same whatever the pieces: whole, byte by byte, cut once at every offset.
void expect(std::string_view bytes, const Decoded& expected) {
  EXPECT_EQ(decode(bytes), expected);
  EXPECT_EQ(decode(bytes, every_offset(bytes.size())), expected) << "byte by byte";
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    EXPECT_EQ(decode(bytes, {at}), expected) << "cut at " << at;
  }
}

void expect_refused(std::string_view bytes, std::string_view code) {
  EXPECT_EQ(decode(bytes).code, code) << testing::PrintToString(bytes);
  EXPECT_EQ(decode(bytes, every_offset(bytes.size())).code, code) << testing::PrintToString(bytes);
}

TEST(ChunkedDecoder, TakesChunksAndTheirEnd) {
  expect("5\r\nhello\r\n0\r\n\r\n", {"hello", 15, true, "", ""});
  expect("5\r\nhello\r\naA\r\n" + std::string(170, 'x') + "\r\n0\r\n\r\n",
         {"hello" + std::string(170, 'x'), 191, true, "", ""});
  expect("0\r\n\r\n", {"", 5, true, "", ""});
  expect("000\r\n\r\n", {"", 7, true, "", ""});
}

TEST(ChunkedDecoder, DataMayLookLikeFraming) {
  expect("9\r\n0\r\n\r\n\r\n;\r\r\n0\r\n\r\n", {"0\r\n\r\n\r\n;\r", 19, true, "", ""});
}

TEST(ChunkedDecoder, ConsumesNothingBehindTheEnd) {
  expect("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n", {"a", 11, true, "", ""});
  expect("0\r\nA: b\r\n\r\n\r\n", {"", 11, true, "A: b\r\n", ""});
}

TEST(ChunkedDecoder, IsOpenUntilTheLastByte) {
  const std::string_view bytes = "1;x\r\na\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode(bytes.substr(0, size)).done) << size;
    EXPECT_EQ(decode(bytes.substr(0, size)).code, "") << size;
  }
}

TEST(ChunkedDecoder, DropsExtensions) {
  expect("1;a=b;c=\"d;e\";\r\nx\r\n0;last \t\xc3\xa9\r\n\r\n", {"x", 33, true, "", ""});
}

TEST(ChunkedDecoder, TakesSixteenDigitsAndRefusesMore) {
  expect("0000000000000001\r\na\r\n0000000000000000\r\n\r\n", {"a", 41, true, "", ""});
  expect_refused("00000000000000001\r\n", "chunk_size");
  expect_refused("00000000000000000\r\n\r\n", "chunk_size");
  expect_refused("1\r\na\r\n00000000000000000\r\n\r\n", "chunk_size");
  expect_refused("10000000000000000\r\n", "chunk_size");
}

TEST(ChunkedDecoder, TakesTheLargestSizeWithoutOverflow) {
  const Decoded decoded = decode("FFFFFFFFFFFFFFFF\r\n" + std::string(1000, 'x'));
  EXPECT_EQ(decoded.data, std::string(1000, 'x'));
  EXPECT_FALSE(decoded.done);
}

TEST(ChunkedDecoder, RefusesSizesThatAreNotHexadecimal) {
  for (const std::string_view line :
       {"\r\n", "g\r\n", "0x5\r\n", "+5\r\n", "-5\r\n", " 5\r\n", "5 \r\n", "5\t\r\n", ";a\r\n",
        "5 ;a\r\n", "5,\r\n", "5h\r\n"}) {
    expect_refused(line, "chunk_size");
  }
}

TEST(ChunkedDecoder, RefusesALoneLf) {
  expect_refused("5\n", "chunk_bare_lf");
  expect_refused("5;a\n", "chunk_bare_lf");
  expect_refused("1\r\na\n", "chunk_bare_lf");
  expect_refused("0\r\n\n", "chunk_bare_lf");
  expect_refused("0\r\na: b\n\r\n", "chunk_bare_lf");
}

TEST(ChunkedDecoder, RefusesABareCr) {
  expect_refused("5\rx", "chunk_bare_cr");
  expect_refused("5;a\rb\r\n", "chunk_bare_cr");
  expect_refused("5;a\r\r\n", "chunk_bare_cr");
  expect_refused("1\r\na\rx", "chunk_bare_cr");
  expect_refused("0\r\na: b\rc: d\r\n\r\n", "chunk_bare_cr");
  expect_refused("0\r\n\rx", "chunk_bare_cr");
}

TEST(ChunkedDecoder, RefusesDataThatIsLongerThanItsSize) {
  expect_refused("1\r\nab\r\n", "chunk_data_end");
  expect_refused("1\r\naXX0\r\n\r\n", "chunk_data_end");
  expect_refused("1\r\na0\r\n\r\n", "chunk_data_end");
  expect_refused("1\r\na \r\n", "chunk_data_end");
}

TEST(ChunkedDecoder, RefusesControlBytes) {
  expect_refused(std::string_view("1;\0\r\n", 5), "control_byte");
  expect_refused("1;\x7f\r\n", "control_byte");
  expect_refused(std::string_view("0\r\na: \0\r\n\r\n", 11), "control_byte");
}

TEST(ChunkedDecoder, KeepsTrailerLinesForTheParser) {
  expect("0\r\nA: b\r\nC:\r\n\r\n", {"", 15, true, "A: b\r\nC:\r\n", ""});
}

TEST(ChunkedDecoder, BoundsAChunkLine) {
  ChunkLimits limits;
  limits.line_bytes = 10;
  EXPECT_EQ(decode("5;abcdef\r\nhello\r\n5;abcdef\r\nhello\r\n", {}, limits).code, "");
  EXPECT_EQ(decode("5;abcdefg\r\n", {}, limits).code, "chunk_line_too_long");
  EXPECT_EQ(decode("5;abcdefg\r\n", every_offset(11), limits).code, "chunk_line_too_long");
}

TEST(ChunkedDecoder, BoundsTheExtensionsOfABody) {
  ChunkLimits limits;
  limits.extension_bytes = 20;  // ";" to LF
  EXPECT_EQ(decode("1;abcdefg\r\na\r\n1;abcdefg\r\na\r\n0\r\n\r\n", {}, limits).code, "");
  EXPECT_EQ(decode("1;abcdefg\r\na\r\n1;abcdefgh\r\na\r\n0\r\n\r\n", {}, limits).code,
            "chunk_extensions_too_large");
}

TEST(ChunkedDecoder, BoundsTrailers) {
  ChunkLimits limits;
  limits.trailer_bytes = 8;
  limits.line_bytes = 4;  // does not count for trailers
  EXPECT_EQ(decode("0\r\na: b\r\n\r\n", {}, limits).code, "");
  EXPECT_EQ(decode("0\r\na: bc\r\n\r\n", {}, limits).code, "trailers_too_large");
}

TEST(ChunkedDecoder, HasTheLimitsOfTheThreatModel) {
  const ChunkLimits limits;
  EXPECT_EQ(limits.line_bytes, 4096u);
  EXPECT_EQ(limits.extension_bytes, 65536u);
  EXPECT_EQ(limits.trailer_bytes, 16384u);
}

}  // namespace
}  // namespace wif::http
