#include "http/h1_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "http/target.h"
#include "tests/unit/http/h1_support.h"

namespace wif::http {
namespace {

using namespace std::string_literals;

// Whether llhttp alone, as it was built, takes a whole message without complaint.
bool llhttp_takes(std::string_view message, llhttp_type_t type = HTTP_REQUEST) {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  llhttp_t parser;
  llhttp_init(&parser, type, &settings);
  return llhttp_execute(&parser, message.data(), message.size()) == HPE_OK;
}

// The second lock behind our own checks. A default build of llhttp 8 is lax.
TEST(Llhttp, IsBuiltStrict) {
  EXPECT_TRUE(llhttp_takes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(llhttp_takes("GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n"));
  EXPECT_FALSE(llhttp_takes("GET / HTTP/1.1\r\nA : b\r\n\r\n"));
  EXPECT_FALSE(
      llhttp_takes("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naXX0\r\n\r\n"));
  EXPECT_FALSE(llhttp_takes("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n"));
  EXPECT_FALSE(llhttp_takes("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_FALSE(
      llhttp_takes("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"));
}

TEST(H1Parser, ReadsARequestHead) {
  const ParsedRequest parsed(
      "POST /a?b HTTP/1.1\r\nHost: A.example:1\r\nX-One: 1 \r\nContent-Length: 3\r\nx-one:\t2\r\n"
      "EMPTY:\r\n\r\n");
  ASSERT_TRUE(parsed.result) << parsed.refusal();
  EXPECT_EQ(parsed.head.method, "POST");
  EXPECT_EQ(parsed.head.target, "/a?b");
  EXPECT_EQ(parsed.head.version, Version::kHttp11);
  EXPECT_EQ(parsed.head.authority, "A.example:1");
  EXPECT_EQ(parsed.head.content_length, 3u);
  EXPECT_FALSE(parsed.head.chunked);
  EXPECT_EQ(fields_of(parsed.head.headers),
            (Fields{{"x-one", "1"}, {"x-one", "2"}, {"empty", ""}}));
}

TEST(H1Parser, PointsIntoTheCallersBuffer) {
  const ParsedRequest parsed("GET /abc HTTP/1.1\r\nHost: a\r\nB: value\r\n\r\n");
  ASSERT_TRUE(parsed.result);
  const char* const begin = parsed.text.data();
  const char* const end = begin + parsed.text.size();
  for (const std::string_view view : {parsed.head.target, parsed.head.method, parsed.head.authority,
                                      parsed.head.headers.fields()[0].value}) {
    EXPECT_TRUE(view.data() >= begin && view.data() + view.size() <= end);
  }
}

TEST(H1Parser, TakesTargetsAsTheyAre) {
  for (const std::string target :
       {"/", "/a%2Fb?c=%20&&d=", "/?", "/foo%2Dbucket/t%2Ecsv", "/a?b=http://c/d", "/%",
        "/a//b/../c", "/v1:method", "/a;b=c", "/a|b", "/upload?$httpMethod=GET"}) {
    const ParsedRequest parsed("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(parsed.result) << target << " " << parsed.refusal();
    EXPECT_EQ(parsed.head.target, target);
  }
  const ParsedRequest absolute("GET http://a.example:80/x?y HTTP/1.1\r\nHost: b\r\n\r\n");
  EXPECT_EQ(absolute.head.target, "http://a.example:80/x?y");
  const ParsedRequest asterisk("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(asterisk.result) << asterisk.refusal();
  EXPECT_EQ(asterisk.head.target, "*");
}

// clients.md 2
TEST(H1Parser, TakesEveryFormOfConnect) {
  for (const std::string target : {"a.example:443", "[2001:db8::1]:443", "192.0.2.1:443",
                                   "metadata.google.internal.:80", "A.EXAMPLE:8443"}) {
    for (const std::string rest :
         {" HTTP/1.0\r\n\r\n", " HTTP/1.1\r\n\r\n", " HTTP/1.1\r\nHost: a.example\r\n\r\n",
          " HTTP/1.1\r\nHost: other.example:1\r\nProxy-Connection: Keep-Alive\r\nAccept: "
          "*/*\r\n\r\n",
          " HTTP/1.0\r\nHost: a.example:443\r\nUser-Agent: x\r\n\r\n"}) {
      const ParsedRequest parsed("CONNECT " + target + rest);
      EXPECT_TRUE(parsed.result) << target << rest << parsed.refusal();
      EXPECT_EQ(parsed.head.method, "CONNECT");
      EXPECT_EQ(parsed.head.target, target);
      EXPECT_FALSE(parsed.head.has_body());
    }
  }
}

// By llhttp or, where that does not look, by parse_authority().
TEST(H1Parser, RefusesATargetThatDoesNotFitConnect) {
  for (const std::string target : {"/", "http://a/", "*", "a.example:443/x", "user@a.example:443/",
                                   "a.example:443?x", "user@a.example:443"}) {
    const ParsedRequest parsed("CONNECT " + target + " HTTP/1.1\r\n\r\n");
    const bool accepted = parsed.result && parse_authority(parsed.head.target).operator bool() &&
                          parse_authority(parsed.head.target)->port;
    EXPECT_FALSE(accepted) << target;
  }
}

TEST(H1Parser, TakesEveryMethodOfRfc9110) {
  for (const std::string method :
       {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"}) {
    const ParsedRequest parsed(method + " / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(parsed.result) << method;
    EXPECT_EQ(parsed.head.method, method);
  }
}

TEST(H1Parser, RefusesMethodsThatNobodyKnows) {
  for (const std::string method : {"FOO", "get", "GETX", "PRI"}) {
    const ParsedRequest parsed(method + " / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(parsed.refusal(), "syntax") << method;
    EXPECT_EQ(parsed.result.error().status, 400);
  }
}

TEST(H1Parser, TakesBothVersions) {
  EXPECT_EQ(ParsedRequest("GET / HTTP/1.0\r\n\r\n").head.version, Version::kHttp10);
  const ParsedRequest old("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.result);
  EXPECT_TRUE(old.parser.is_http10());
  EXPECT_FALSE(old.head.keep_alive);
  EXPECT_EQ(old.head.authority, "");
}

struct Refused {
  const char* name;
  std::string head;
  const char* code;
  int status = 400;
};
void PrintTo(const Refused& row, std::ostream* out) { *out << row.name; }

class RefusedHead : public testing::TestWithParam<Refused> {};

TEST_P(RefusedHead, IsAnsweredWithItsCode) {
  const Refused& row = GetParam();
  const ParsedRequest parsed(row.head);
  ASSERT_FALSE(parsed.result);
  EXPECT_EQ(parsed.refusal(), row.code);
  const Error& error = parsed.result.error();
  EXPECT_EQ(error.reason, row.status == 431 ? Reason::kHeadersTooLarge : Reason::kBadRequest);
  EXPECT_EQ(error.status, row.status);
  EXPECT_EQ(error.code, row.code);
}

// Every item of, in its order, and the table of shapes that llhttp takes.
INSTANTIATE_TEST_SUITE_P(
    R51, RefusedHead,
    testing::Values(
        Refused{"bare_cr_ends_line", with("A: b\rC: d"), "bare_cr"},
        Refused{"bare_cr_in_value", with("A: b\rc"), "bare_cr"},
        Refused{"bare_cr_in_request_line", "GET / HTTP/1.1\rA: b\r\n\r\n", "bare_cr"},
        Refused{"nul_in_value", with("A: b"s + '\0' + "c"), "nul"},
        Refused{"nul_in_target", "GET /"s + '\0' + " HTTP/1.1\r\nHost: a\r\n\r\n", "nul"},
        Refused{"folded", with("A: b\r\n c"), "obs_fold"},
        Refused{"folded_empty_first", with("A:\r\n b"), "obs_fold"},
        Refused{"space_before_colon", with("Content-Length : 1"), "space_before_colon"},
        Refused{"tab_before_colon", with("Content-Length\t: 1"), "space_before_colon"},
        Refused{"empty_name", with(": b"), "empty_name"},
        Refused{"name_with_space", with("A B: c"), "field_name"},
        Refused{"name_with_control", with("A\x01: c"), "field_name"},
        Refused{"name_not_ascii", with("\xc3\x84: c"), "field_name"},
        Refused{"missing_colon", with("A"), "missing_colon"},
        Refused{"space_before_first_field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "obs_fold"},
        Refused{"method_not_token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "method"},
        Refused{"method_empty", " / HTTP/1.1\r\nHost: a\r\n\r\n", "method"},
        Refused{"version_0_9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "version"},
        Refused{"version_2_0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "version"},
        Refused{"version_1_2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "version"},
        Refused{"version_missing", "GET /\r\nHost: a\r\n\r\n", "request_line"},
        Refused{"two_spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "request_line"},
        Refused{"two_spaces_before_version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", "version"},
        Refused{"space_behind_version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "version"},
        Refused{"raw_space_in_target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "version"},
        Refused{"control_in_target", "GET /\x1f HTTP/1.1\r\nHost: a\r\n\r\n", "target"},
        Refused{"fragment_in_target", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "target"},
        Refused{"length_20_digits", with("Content-Length: 00000000000000000001"), "content_length"},
        Refused{"length_space_behind", with("Content-Length: 1 "), "content_length"},
        Refused{"length_vertical_tab",
                with("Content-Length: \x0b"
                     "1"),
                "control_byte"},
        Refused{"encoding_gzip", with("Transfer-Encoding: gzip"), "transfer_encoding"},
        Refused{"encoding_gzip_chunked", with("Transfer-Encoding: gzip, chunked"),
                "transfer_encoding"},
        Refused{"encoding_http10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                "transfer_encoding_in_http10"},
        Refused{"lone_lf_request_line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "bare_lf"},
        Refused{"lone_lf_field", with("A: b\nC: d"), "bare_lf"},
        Refused{"lone_lf_end", "GET / HTTP/1.1\r\nHost: a\r\n\n", "bare_lf"},
        Refused{"bytes_before", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "empty_line"},
        Refused{"host_missing", "GET / HTTP/1.1\r\nA: b\r\n\r\n", "host_missing"},
        Refused{"host_repeated", with("Host: a"), "host_repeated"},
        Refused{"connection_authorization", with("Connection: authorization"),
                "connection_names_field"},
        Refused{"expectation", with("Expect: 200-ok"), "expectation", 417},
        Refused{"http2_preface", "PRI * HTTP/2.0\r\n\r\n", "version"}),
    [](const auto& test) { return std::string(test.param.name); });

// These llhttp refuses too, by a code of its own or of ours.
TEST(H1Parser, RefusesFramingThatTwoParsersReadDifferently) {
  for (const std::string lines : {"Content-Length: +1",
                                  "Content-Length: -1",
                                  "Content-Length: 1\t",
                                  "Content-Length: 1, 1",
                                  "Content-Length: 1\r\nContent-Length: 1",
                                  "Content-Length: 1\r\ncontent-length: 2",
                                  "Content-Length: 0x1",
                                  "Content-Length: 1a",
                                  "Content-Length: 1 1",
                                  "Content-Length:",
                                  "Content-Length: 18446744073709551616",
                                  "Content-Length: 1\r\nTransfer-Encoding: chunked",
                                  "Transfer-Encoding: chunked\r\nContent-Length: 1",
                                  "Transfer-Encoding: chunked, identity",
                                  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                                  "Transfer-Encoding: xchunked",
                                  "Transfer-Encoding: chunked;a=b",
                                  "Transfer-Encoding:",
                                  "Transfer-Encoding: identity",
                                  "Transfer-Encoding: \x0b"
                                  "chunked",
                                  "Transfer-Encoding\x0b: chunked"}) {
    const ParsedRequest parsed(with(lines));
    ASSERT_FALSE(parsed.result) << lines;
    EXPECT_EQ(parsed.result.error().status, 400) << lines;
    EXPECT_NE(parsed.refusal(), "") << lines;
  }
}

TEST(H1Parser, TakesWhiteSpaceAroundOtherValues) {
  const ParsedRequest parsed(
      with("Transfer-Encoding: \t chunked \t\r\nA:  b  c \r\nConnection: keep-alive "));
  ASSERT_TRUE(parsed.result) << parsed.refusal();
  EXPECT_TRUE(parsed.head.chunked);
  EXPECT_EQ(parsed.head.headers.find("a"), "b  c");
}

TEST(H1Parser, DoesNotMistakeLongerNamesForFraming) {
  const ParsedRequest parsed(
      with("Content-Length-X: 5\r\nX-Transfer-Encoding: chunked\r\nTransfer_Encoding: chunked\r\n"
           "X-Host: b"));
  ASSERT_TRUE(parsed.result) << parsed.refusal();
  EXPECT_FALSE(parsed.head.has_body());
  EXPECT_EQ(parsed.head.headers.fields().size(), 4u);
}

TEST(H1Parser, IsNotTalkedIntoAnotherProtocol) {
  ParsedRequest parsed(
      with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 3"));
  ASSERT_TRUE(parsed.result) << parsed.refusal();
  EXPECT_EQ(read_body(parsed.parser, "abcGET / HTTP/1.1"), (ReadBody{"abc", true, 3, ""}));
}

TEST(H1Parser, EndsARequestLineAtItsLimitWith414) {
  H1Limits limits;
  limits.max_request_line_bytes = 100;
  const auto line = [](std::size_t size) {
    return "GET /" + std::string(size - std::string("GET / HTTP/1.1\r").size(), 'a') +
           " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  EXPECT_TRUE(ParsedRequest(line(100), limits).result);
  const ParsedRequest over(line(101), limits);
  EXPECT_EQ(over.refusal(), "request_line_too_long");
  EXPECT_EQ(over.result.error().status, 414);
}

TEST(H1Parser, PassesATargetOf8000Octets) {
  const ParsedRequest parsed("GET /" + std::string(7999, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(parsed.result) << parsed.refusal();
}

TEST(H1Parser, RefusesAFieldOverItsLimitWith431) {
  H1Limits limits;
  limits.max_field_bytes = 20;
  EXPECT_TRUE(ParsedRequest(with("A: " + std::string(19, 'b')), limits).result);
  const ParsedRequest over(with("A: " + std::string(20, 'b')), limits);
  EXPECT_EQ(over.refusal(), "field_too_large");
  EXPECT_EQ(over.result.error().status, 431);
  EXPECT_EQ(over.result.error().reason, Reason::kHeadersTooLarge);
}

TEST(H1Parser, RefusesTooManyFieldsWith431) {
  H1Limits limits;
  limits.max_header_fields = 3;
  EXPECT_TRUE(ParsedRequest(with("A: 1\r\nB: 2"), limits).result);
  const ParsedRequest over(with("A: 1\r\nB: 2\r\nC: 3"), limits);
  EXPECT_EQ(over.refusal(), "too_many_fields");
  EXPECT_EQ(over.result.error().status, 431);
}

TEST(H1Parser, HasTheLimitsOfTheThreatModel) {
  const H1Limits limits;
  EXPECT_EQ(limits.max_request_line_bytes, 16384u);
  EXPECT_EQ(limits.max_header_bytes, 65536u);
  EXPECT_EQ(limits.max_field_bytes, 32768u);
  EXPECT_EQ(limits.max_header_fields, 100u);
  EXPECT_EQ(limits.max_trailer_fields, 32u);
}

TEST(H1Parser, ReadsOneMessageAfterTheOther) {
  const H1Limits limits;
  H1Parser parser(HeadKind::kRequest, limits);
  RequestHead head;
  for (int i = 0; i < 3; ++i) {
    std::string first(kChunkedHead);
    ASSERT_TRUE(parser.parse_request_head(first.data(), first.size(), head));
    const std::string_view body = "2\r\nab\r\n0\r\nT: u\r\n\r\n";
    EXPECT_EQ(read_body(parser, body, {4, 9}), (ReadBody{"ab", true, body.size(), ""}));
    EXPECT_EQ(parser.trailers().fields().size(), 1u);
    std::string second = with("Content-Length: 2\r\nA: b");
    ASSERT_TRUE(parser.parse_request_head(second.data(), second.size(), head));
    EXPECT_TRUE(parser.trailers().empty());
    EXPECT_FALSE(head.chunked);
    EXPECT_EQ(read_body(parser, "cdX"), (ReadBody{"cd", true, 2, ""}));
    std::string third = "GET / HTTP/1.1\r\nHost: b\r\n\r\n";
    ASSERT_TRUE(parser.parse_request_head(third.data(), third.size(), head));
    EXPECT_FALSE(head.has_body());
    EXPECT_TRUE(head.headers.empty());
  }
}

TEST(H1Parser, ReadsOnAfterARefusal) {
  const H1Limits limits;
  H1Parser parser(HeadKind::kRequest, limits);
  RequestHead head;
  std::string bad = with("A : b");
  EXPECT_FALSE(parser.parse_request_head(bad.data(), bad.size(), head));
  std::string good = with("A: b");
  EXPECT_TRUE(parser.parse_request_head(good.data(), good.size(), head));
  EXPECT_EQ(head.headers.find("a"), "b");
}

}  // namespace
}  // namespace wif::http
