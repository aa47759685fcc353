#include "http/framing.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace wif::http {
namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

struct Framed {
  RequestHead head;
  std::string code;
  int status = 0;
};

Framed request(const Pairs& fields, Version version = Version::kHttp11,
               std::string_view method = "POST") {
  Framed framed;
  framed.head.method = method;
  framed.head.version = version;
  FieldFraming framing;
  for (const auto& [name, value] : fields) {
    if (!framing.take(name, value)) framed.head.headers.add_view(name, value);
  }
  if (const auto fault = framing.apply_to_request(framed.head)) {
    framed.code = fault->code;
    framed.status = fault->status;
  }
  return framed;
}

std::string code_of(Pairs fields, Version version = Version::kHttp11) {
  fields.emplace_back("host", "a");
  const Framed framed = request(fields, version);
  EXPECT_EQ(framed.status, framed.code.empty() ? 0 : 400);
  return framed.code;
}

struct FramedResponse {
  ResponseHead head;
  std::string code;
};

FramedResponse response(int status, const Pairs& fields, std::string_view method = "GET",
                        Version version = Version::kHttp11) {
  FramedResponse framed;
  framed.head.status = status;
  FieldFraming framing;
  for (const auto& [name, value] : fields) framing.take(name, value);
  if (const auto fault = framing.apply_to_response(framed.head, version, method)) {
    framed.code = fault->code;
  }
  return framed;
}

TEST(FieldFraming, TakesOutWhatIsMadeAnew) {
  FieldFraming framing;
  EXPECT_TRUE(framing.take("content-length", "1"));
  EXPECT_TRUE(framing.take("transfer-encoding", "chunked"));
  EXPECT_TRUE(framing.take("host", "a"));
  EXPECT_TRUE(framing.take("expect", "100-continue"));
  EXPECT_FALSE(framing.take("connection", "close"));
  EXPECT_FALSE(framing.take("te", "trailers"));
}

TEST(FieldFraming, ReadsALength) {
  const Framed framed = request({{"host", "a"}, {"content-length", "12"}});
  EXPECT_EQ(framed.code, "");
  EXPECT_EQ(framed.head.content_length, 12u);
  EXPECT_TRUE(framed.head.has_body());
  EXPECT_EQ(framed.head.authority, "a");
  EXPECT_TRUE(framed.head.headers.empty());
}

TEST(FieldFraming, ReadsTheLargestLengthAndLeadingZeros) {
  const Framed largest = request({{"host", "a"}, {"content-length", "9999999999999999999"}});
  EXPECT_EQ(largest.head.content_length, 9999999999999999999u);
  const Framed zeros = request({{"host", "a"}, {"content-length", "007"}});
  EXPECT_EQ(zeros.head.content_length, 7u);
  const Framed none = request({{"host", "a"}, {"content-length", "0"}});
  EXPECT_EQ(none.head.content_length, 0u);
  EXPECT_FALSE(none.head.has_body());
}

TEST(FieldFraming, RefusesLengthsThatAreNotDigits) {
  for (const std::string_view value :
       {"", "+1", "-1", "1.0", "0x1", "1e3", "1 2", "1,1", "1, 1", "1;", "a", "1_000",
        "\x0b"
        "1",
        "00000000000000000001", "18446744073709551616", "99999999999999999999"}) {
    EXPECT_EQ(code_of({{"content-length", value}}), "content_length") << value;
  }
}

TEST(FieldFraming, RefusesARepeatedLengthEvenIfEqual) {
  EXPECT_EQ(code_of({{"content-length", "1"}, {"content-length", "1"}}), "content_length_repeated");
  EXPECT_EQ(code_of({{"content-length", "1"}, {"content-length", "2"}}), "content_length_repeated");
}

TEST(FieldFraming, RefusesLengthWithTransferEncoding) {
  EXPECT_EQ(code_of({{"content-length", "1"}, {"transfer-encoding", "chunked"}}),
            "content_length_and_transfer_encoding");
  EXPECT_EQ(code_of({{"transfer-encoding", "chunked"}, {"content-length", "0"}}),
            "content_length_and_transfer_encoding");
  EXPECT_EQ(code_of({{"transfer-encoding", "identity"}, {"content-length", "1"}}),
            "content_length_and_transfer_encoding");
}

TEST(FieldFraming, RefusesOtherTransferEncodings) {
  for (const std::string_view value :
       {"", "identity", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked,",
        ",chunked", "chunked;q=1", "xchunked", "chunkedx", "\"chunked\"", "chunked\x0b",
        "trailers"}) {
    EXPECT_EQ(code_of({{"transfer-encoding", value}}), "transfer_encoding") << value;
  }
  EXPECT_EQ(code_of({{"transfer-encoding", "chunked"}, {"transfer-encoding", "chunked"}}),
            "transfer_encoding");
  EXPECT_EQ(code_of({{"transfer-encoding", "identity"}, {"transfer-encoding", "chunked"}}),
            "transfer_encoding");
}

TEST(FieldFraming, TakesChunkedInAnyCase) {
  const Framed framed = request({{"host", "a"}, {"transfer-encoding", "ChunkeD"}});
  EXPECT_EQ(framed.code, "");
  EXPECT_TRUE(framed.head.chunked);
  EXPECT_TRUE(framed.head.has_body());
  EXPECT_FALSE(framed.head.content_length);
}

TEST(FieldFraming, RefusesTransferEncodingInHttp10) {
  EXPECT_EQ(code_of({{"transfer-encoding", "chunked"}}, Version::kHttp10),
            "transfer_encoding_in_http10");
}

TEST(FieldFraming, WantsExactlyOneHost) {
  EXPECT_EQ(request({}).code, "host_missing");
  EXPECT_EQ(request({{"host", "a"}, {"host", "a"}}).code, "host_repeated");
  EXPECT_EQ(request({}, Version::kHttp10, "GET").code, "");
  EXPECT_EQ(request({}, Version::kHttp11, "CONNECT").code, "");
  EXPECT_EQ(request({{"host", "a"}, {"host", "b"}}, Version::kHttp11, "CONNECT").code,
            "host_repeated");
  EXPECT_EQ(request({{"host", "a"}, {"host", "b"}}, Version::kHttp10).code, "host_repeated");
}

TEST(FieldFraming, KnowsOneExpectation) {
  EXPECT_TRUE(request({{"host", "a"}, {"expect", "100-continue"}}).head.expect_continue);
  EXPECT_TRUE(request({{"host", "a"}, {"expect", "100-Continue"}}).head.expect_continue);
  EXPECT_FALSE(request({{"host", "a"}}).head.expect_continue);
  // An HTTP/1.0 client does not know interim answers (RFC 9110 10.1.1).
  EXPECT_FALSE(request({{"expect", "100-continue"}}, Version::kHttp10).head.expect_continue);
  for (const std::string_view value : {"", "200-ok", "100-continue, x", "100"}) {
    const Framed framed = request({{"host", "a"}, {"expect", value}});
    EXPECT_EQ(framed.code, "expectation") << value;
    EXPECT_EQ(framed.status, 417) << value;
  }
  EXPECT_EQ(request({{"host", "a"}, {"expect", "100-continue"}, {"expect", "x"}}).status, 417);
}

//
TEST(FieldFraming, RefusesConnectionThatNamesFramingOrRouting) {
  for (const std::string_view value :
       {"host", "close, Content-Length", "TRANSFER-ENCODING", "keep-alive,,authorization , x"}) {
    EXPECT_EQ(code_of({{"connection", value}}), "connection_names_field") << value;
  }
  EXPECT_EQ(code_of({{"connection", "close"}, {"connection", "host"}}), "connection_names_field");
  EXPECT_EQ(code_of({{"connection", "close, x-host, proxy-authorization"}}), "");
}

TEST(FieldFraming, KeepsHttp11AliveUnlessToldToClose) {
  EXPECT_TRUE(request({{"host", "a"}}).head.keep_alive);
  EXPECT_TRUE(request({{"host", "a"}, {"connection", "keep-alive"}}).head.keep_alive);
  EXPECT_FALSE(request({{"host", "a"}, {"connection", "x, Close"}}).head.keep_alive);
  EXPECT_FALSE(request({{"host", "a"}}, Version::kHttp10).head.keep_alive);
  EXPECT_FALSE(request({{"connection", "keep-alive"}}, Version::kHttp10).head.keep_alive);
}

TEST(FieldFraming, ForgetsWhatAnEarlierHeadSaid) {
  Framed framed = request({{"host", "a"}, {"content-length", "1"}, {"expect", "100-continue"}});
  FieldFraming next;
  next.take("host", "b");
  EXPECT_FALSE(next.apply_to_request(framed.head));
  EXPECT_FALSE(framed.head.content_length);
  EXPECT_FALSE(framed.head.expect_continue);
  EXPECT_FALSE(framed.head.chunked);
  EXPECT_EQ(framed.head.authority, "b");
}

//
TEST(FieldFraming, RefusesTheSameFramingInAnswers) {
  EXPECT_EQ(response(200, {{"content-length", "1"}, {"content-length", "1"}}).code,
            "content_length_repeated");
  EXPECT_EQ(response(200, {{"content-length", "1,1"}}).code, "content_length");
  EXPECT_EQ(response(200, {{"content-length", "1"}, {"transfer-encoding", "chunked"}}).code,
            "content_length_and_transfer_encoding");
  EXPECT_EQ(response(200, {{"transfer-encoding", "gzip, chunked"}}).code, "transfer_encoding");
  EXPECT_EQ(response(200, {{"transfer-encoding", "chunked"}}, "GET", Version::kHttp10).code,
            "transfer_encoding_in_http10");
  EXPECT_EQ(response(304, {{"content-length", "x"}}).code, "content_length");
}

TEST(FieldFraming, KnowsAnswersWithoutABody) {
  for (const int status : {100, 103, 199, 204, 304}) {
    EXPECT_TRUE(response(status, {{"content-length", "5"}}).head.no_body) << status;
    EXPECT_TRUE(response(status, {{"transfer-encoding", "chunked"}}).head.no_body) << status;
    EXPECT_TRUE(response(status, {}).head.no_body) << status;
  }
  const auto head = response(200, {{"content-length", "5"}}, "HEAD").head;
  EXPECT_TRUE(head.no_body);
  EXPECT_EQ(head.content_length, 5u);  // what the body would be
  EXPECT_TRUE(response(200, {{"content-length", "0"}}).head.no_body);
  EXPECT_FALSE(response(200, {{"content-length", "5"}}).head.no_body);
  EXPECT_FALSE(response(200, {}).head.no_body);
  EXPECT_FALSE(response(206, {{"transfer-encoding", "chunked"}}).head.no_body);
  EXPECT_FALSE(response(205, {}).head.no_body);
}

}  // namespace
}  // namespace wif::http
