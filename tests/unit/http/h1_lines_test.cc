#include "http/h1_lines.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace wif::http {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string check_request(std::string_view head) {
  return std::string(check_head_lines(head, HeadKind::kRequest).value_or(""));
}
std::string check_response(std::string_view head) {
  return std::string(check_head_lines(head, HeadKind::kResponse).value_or(""));
}
// A head with one field line as given.
std::string check_field(std::string_view line) {
  return check_request("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(line) + "\r\n\r\n");
}

TEST(H1Lines, TakesWellFormedRequests) {
  for (const std::string_view line :
       {"GET / HTTP/1.1", "GET / HTTP/1.0", "OPTIONS * HTTP/1.1", "CONNECT a.example:443 HTTP/1.1",
        "CONNECT [2001:db8::1]:443 HTTP/1.1", "POST http://a.example/x?y=%20&&z HTTP/1.1",
        "M-SEARCH /a|b\"<>^`{}\\ HTTP/1.1", "get / HTTP/1.1"}) {
    EXPECT_EQ(check_request(std::string(line) + "\r\nHost: a\r\n\r\n"), "") << line;
    EXPECT_EQ(check_request(std::string(line) + "\r\n\r\n"), "") << line;
  }
}

TEST(H1Lines, TakesWellFormedFields) {
  for (const std::string_view line :
       {"A: b"sv, "A:b"sv, "A:"sv, "A: "sv, "A:\tb\t"sv, "A: b c\td"sv,
        "!#$%&'*+-.^_`|~09azAZ: x"sv, "A: b: c"sv, "A: caf\xc3\xa9"sv, "A: \x80\xff"sv}) {
    EXPECT_EQ(check_field(line), "") << line;
  }
}

TEST(H1Lines, RefusesABareCr) {
  EXPECT_EQ(check_request("GET / HTTP/1.1\rHost: a\r\n\r\n"), "bare_cr");
  EXPECT_EQ(check_request("GET / HTTP/1.1\r\r\n\r\n"), "bare_cr");
  EXPECT_EQ(check_field("A: b\rC: d"), "bare_cr");
  EXPECT_EQ(check_field("A: b\r"), "bare_cr");
  EXPECT_EQ(check_field("\rA: b"), "bare_cr");
}

TEST(H1Lines, RefusesALoneLf) {
  EXPECT_EQ(check_request("GET / HTTP/1.1\nHost: a\r\n\r\n"), "bare_lf");
  EXPECT_EQ(check_request("GET / HTTP/1.1\r\nHost: a\n\r\n"), "bare_lf");
  EXPECT_EQ(check_request("GET / HTTP/1.1\r\nHost: a\r\n\n"), "bare_lf");
  EXPECT_EQ(check_request("GET / HTTP/1.1\n\n"), "bare_lf");
  EXPECT_EQ(check_request("\nGET / HTTP/1.1\r\n\r\n"), "bare_lf");
  EXPECT_EQ(check_field("A: b\nC: d"), "bare_lf");
}

TEST(H1Lines, RefusesNul) {
  EXPECT_EQ(check_field("A: b\0c"sv), "nul");
  EXPECT_EQ(check_field("A\0: b"sv), "nul");
  EXPECT_EQ(check_request("GET /\0 HTTP/1.1\r\n\r\n"sv), "nul");
  EXPECT_EQ(check_response("HTTP/1.1 200 O\0K\r\n\r\n"sv), "nul");
}

TEST(H1Lines, RefusesAFoldedLine) {
  EXPECT_EQ(check_field("A: b\r\n c"), "obs_fold");
  EXPECT_EQ(check_field("A: b\r\n\tc"), "obs_fold");
  EXPECT_EQ(check_field("A:\r\n b"), "obs_fold");
  EXPECT_EQ(check_field("A: b\r\n "), "obs_fold");
}

TEST(H1Lines, RefusesWhiteSpaceBeforeTheFirstField) {
  EXPECT_EQ(check_request("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), "obs_fold");
  EXPECT_EQ(check_request("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n"), "obs_fold");
  EXPECT_EQ(check_request("GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n"), "obs_fold");
}

TEST(H1Lines, RefusesASpaceBeforeTheColon) {
  EXPECT_EQ(check_field("A : b"), "space_before_colon");
  EXPECT_EQ(check_field("A\t: b"), "space_before_colon");
  EXPECT_EQ(check_field("Transfer-Encoding : chunked"), "space_before_colon");
}

TEST(H1Lines, RefusesFieldNamesThatAreNoTokens) {
  EXPECT_EQ(check_field(": b"), "empty_name");
  for (const std::string_view line :
       {"A B: c"sv, "A(: c"sv, "\"A\": c"sv, "A/B: c"sv, "A\x7f: c"sv, "A\x01: c"sv, "A\x80: c"sv,
        "A;: c"sv, "{A}: c"sv, "A@: c"sv}) {
    EXPECT_EQ(check_field(line), "field_name") << line;
  }
}

TEST(H1Lines, RefusesAMissingColon) {
  EXPECT_EQ(check_field("A"), "missing_colon");
  EXPECT_EQ(check_field("GET / HTTP/1.1"), "missing_colon");
}

TEST(H1Lines, RefusesControlBytesInValues) {
  for (int byte = 1; byte < 0x20; ++byte) {
    if (byte == '\t' || byte == '\r' || byte == '\n') continue;
    EXPECT_EQ(check_field("A: b"s + static_cast<char>(byte)), "control_byte") << byte;
  }
  EXPECT_EQ(check_field("A: b\x7f"), "control_byte");
  // Eight bytes are looked at together.
  for (std::size_t at = 0; at < 20; ++at) {
    for (const char byte : {'\x01', '\x1f', '\x7f'}) {
      std::string value(20, ' ');
      value[at] = byte;
      EXPECT_EQ(check_field("A: b" + value + "c"), "control_byte") << at;
    }
    for (const char byte : {'\t', '!', '~', '\x80', '\xff'}) {
      std::string value(20, byte);
      value[at] = ' ';
      EXPECT_EQ(check_field("A: b" + value + "c"), "") << at;
    }
  }
}

TEST(H1Lines, RefusesAnInvalidMethod) {
  for (const std::string_view method :
       {"G ET"sv, "G(T"sv, "GET\t"sv, "G\x80T"sv, "\"GET\""sv, ""sv, "G:T"sv, "G\x01T"sv}) {
    const std::string code = check_request(std::string(method) + " / HTTP/1.1\r\n\r\n");
    const bool two_words = method.find(' ') != std::string_view::npos;
    EXPECT_EQ(code, two_words ? "version" : "method") << method;
  }
}

TEST(H1Lines, RefusesOtherVersions) {
  for (const std::string_view version :
       {"HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "HTTP/1.10", "HTTP/1", "HTTP/1.", "HTTP/11", "http/1.1",
        "HTTPS/1.1", "ICY/1.1", "HTTP/01.1", "HTTP/1.1 ", " HTTP/1.1", "HTTP /1.1", "x HTTP/1.1"}) {
    EXPECT_EQ(check_request("GET / " + std::string(version) + "\r\n\r\n"), "version") << version;
  }
}

TEST(H1Lines, RefusesRequestLinesOfOtherShapes) {
  for (const std::string_view line :
       {"GET", "GET /", "GET ", "GET  HTTP/1.1", "GET  / HTTP/1.1", "GET  "}) {
    EXPECT_EQ(check_request(std::string(line) + "\r\n\r\n"), "request_line") << line;
  }
  EXPECT_EQ(check_request(" GET / HTTP/1.1\r\n\r\n"), "method");
  EXPECT_EQ(check_request("GET / HTTP/1.1 \r\n\r\n"), "version");
  EXPECT_EQ(check_request("GET /\tHTTP/1.1\r\n\r\n"), "request_line");
}

TEST(H1Lines, RefusesTargetsWithSpaceControlOrFragment) {
  EXPECT_EQ(check_request("GET /a b HTTP/1.1\r\n\r\n"), "version");  // a third part
  for (const std::string_view target : {"/a\tb"sv, "/a#b"sv, "/#"sv, "/a\x01"sv, "/a\x7f"sv,
                                        "/\xc3\xa9"sv, "#"sv, "http://a/#b"sv, "/a\x0b"sv}) {
    EXPECT_EQ(check_request("GET " + std::string(target) + " HTTP/1.1\r\n\r\n"), "target")
        << target;
  }
}

TEST(H1Lines, RefusesBytesBeforeTheRequestLine) {
  EXPECT_EQ(check_request("\r\nGET / HTTP/1.1\r\n\r\n"), "empty_line");
  EXPECT_EQ(check_request("\r\n"), "empty_line");
}

TEST(H1Lines, RefusesBytesBehindTheHead) {
  EXPECT_EQ(check_request("GET / HTTP/1.1\r\n\r\nG"), "empty_line");
  EXPECT_EQ(check_request("GET / HTTP/1.1\r\n\r\n\r\n"), "empty_line");
}

TEST(H1Lines, RefusesAHeadWithoutItsEnd) {
  EXPECT_EQ(check_request(""), "no_end");
  EXPECT_EQ(check_request("GET / HTTP/1.1\r\n"), "no_end");
  EXPECT_EQ(check_request("GET / HTTP/1.1"), "bare_lf");
}

TEST(H1Lines, TakesWellFormedStatusLines) {
  for (const std::string_view line :
       {"HTTP/1.1 200 OK", "HTTP/1.0 404 Not Found", "HTTP/1.1 200 ", "HTTP/1.1 200",
        "HTTP/1.1 599 any thing", "HTTP/1.1 100 Continue"}) {
    EXPECT_EQ(check_response(std::string(line) + "\r\nA: b\r\n\r\n"), "") << line;
  }
}

TEST(H1Lines, RefusesOtherStatusLines) {
  for (const std::string_view line :
       {"HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 20x OK",
        "HTTP/1.1 099 x", "HTTP/1.1  200 OK", "HTTP/2.0 200 OK", "HTTP/0.9 200 OK", "ICY 200 OK",
        "HTTP/1.1 +20 OK", "HTTP/1.1 200OK", "http/1.1 200 OK", "HTTP/1.1\t200 OK", " HTTP/1.1 200",
        "200 OK", "GET / HTTP/1.1"}) {
    EXPECT_EQ(check_response(std::string(line) + "\r\n\r\n"), "status_line") << line;
  }
}

TEST(H1Lines, RefusesControlBytesInAReasonPhrase) {
  EXPECT_EQ(check_response("HTTP/1.1 200 O\x01K\r\n\r\n"), "control_byte");
  EXPECT_EQ(check_response("HTTP/1.1 200 O\x7fK\r\n\r\n"), "control_byte");
  EXPECT_EQ(check_response("HTTP/1.1 200 O\tK \xc3\xa9\r\n\r\n"), "");
}

TEST(H1Lines, JudgesFieldsOfAnswersLikeThoseOfRequests) {
  EXPECT_EQ(check_response("HTTP/1.1 200 OK\r\nA : b\r\n\r\n"), "space_before_colon");
  EXPECT_EQ(check_response("HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n"), "bare_lf");
  EXPECT_EQ(check_response("HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n"), "bare_cr");
  EXPECT_EQ(check_response("HTTP/1.1 200 OK\r\n A: b\r\n\r\n"), "obs_fold");
  EXPECT_EQ(check_response("HTTP/1.1 200 OK\r\n: b\r\n\r\n"), "empty_name");
}

TEST(FindHeadEnd, IsBehindTheFirstEmptyLine) {
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\n\r\nGET"), 18u);
  EXPECT_EQ(find_head_end("a\r\nb\r\n\r\n"), 8u);
  EXPECT_EQ(find_head_end("a\r\n\r\n\r\n\r\n"), 5u);
}

TEST(FindHeadEnd, CountsLoneLfsSoThatSuchAHeadIsRefusedAtOnce) {
  EXPECT_EQ(find_head_end("a\n\nb"), 3u);
  EXPECT_EQ(find_head_end("a\r\nb\n\nc"), 6u);
  EXPECT_EQ(find_head_end("a\n\r\nb"), 4u);
}

TEST(FindHeadEnd, WaitsForMore) {
  const std::string head = "GET / HTTP/1.1\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    EXPECT_EQ(find_head_end(std::string_view(head).substr(0, size)), std::string_view::npos)
        << size;
  }
  EXPECT_EQ(find_head_end(head), head.size());
}

TEST(IsToken, KnowsTheDelimiters) {
  EXPECT_FALSE(is_token(""));
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    const bool expected = byte > 0x20 && byte < 0x7f &&
                          std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
    EXPECT_EQ(is_token(std::string(1, c)), expected) << byte;
  }
}

}  // namespace
}  // namespace wif::http
