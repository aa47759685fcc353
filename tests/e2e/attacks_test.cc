// Requests that two parsers could read differently: 400, the connection's end, nothing that
// follows is interpreted, nothing goes upstream. And protocols that are not ours.
#include <gtest/gtest.h>

#include "tests/support/client.h"
#include "tests/support/json.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

using namespace std::string_literals;

constexpr const char* kHost = "echo.googleapis.com";

struct Attack {
  const char* name;
  std::string bytes;
};

const std::string kLine = "GET / HTTP/1.1\r\n";
const std::string kHostLine = "Host: echo.googleapis.com\r\n";
const std::string kGet = kLine + kHostLine;
const std::string kPost = "POST / HTTP/1.1\r\n" + kHostLine;
const std::string kChunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";

// Heads that no body follows.
const std::vector<Attack>& malformed_heads() {
  static const std::vector<Attack> kList = {
      {"bare CR in a value", kGet + "A: b\rc\r\n\r\n"},
      {"CR alone as line end", kGet + "A: b\rB: c\r\n\r\n"},
      {"NUL in a value", kGet + "A: b\0c\r\n\r\n"s},
      {"NUL in a name", kGet + "A\0: b\r\n\r\n"s},
      {"folded line", kGet + "A: b\r\n c\r\n\r\n"},
      {"folded line by tab", kGet + "A: b\r\n\tc\r\n\r\n"},
      {"space before colon", kGet + "A : b\r\n\r\n"},
      {"tab before colon", kGet + "A\t: b\r\n\r\n"},
      {"empty name", kGet + ": b\r\n\r\n"},
      {"name with a space", kGet + "A B: c\r\n\r\n"},
      {"name with a slash", kGet + "A/B: c\r\n\r\n"},
      {"name not ASCII", kGet + "\xc3\xa9: c\r\n\r\n"},
      {"no colon", kGet + "nothing\r\n\r\n"},
      {"space before the first field", kLine + " " + kHostLine + "\r\n"},
      {"method no token", "G(T / HTTP/1.1\r\n" + kHostLine + "\r\n"},
      {"version 1.2", "GET / HTTP/1.2\r\n" + kHostLine + "\r\n"},
      {"version 2.0", "GET / HTTP/2.0\r\n" + kHostLine + "\r\n"},
      {"version 0.9", "GET / HTTP/0.9\r\n" + kHostLine + "\r\n"},
      {"version in lower case", "GET / http/1.1\r\n" + kHostLine + "\r\n"},
      {"version too long", "GET / HTTP/1.10\r\n" + kHostLine + "\r\n"},
      {"two spaces before the version", "GET /  HTTP/1.1\r\n" + kHostLine + "\r\n"},
      {"two spaces before the target", "GET  / HTTP/1.1\r\n" + kHostLine + "\r\n"},
      {"space in the target", "GET /a b HTTP/1.1\r\n" + kHostLine + "\r\n"},
      {"tab in the target", "GET /a\tb HTTP/1.1\r\n" + kHostLine + "\r\n"},
      {"fragment in the target", "GET /a#b HTTP/1.1\r\n" + kHostLine + "\r\n"},
      {"control byte in the target", "GET /a\x01 HTTP/1.1\r\n" + kHostLine + "\r\n"},
      {"no Host", kLine + "\r\n"},
      {"two Hosts", kGet + kHostLine + "\r\n"},
      {"invalid Host", kLine + "Host: a b\r\n\r\n"},
      {"Host with userinfo", kLine + "Host: x@echo.googleapis.com\r\n\r\n"},
      {"line feeds alone", "GET / HTTP/1.1\nHost: echo.googleapis.com\n\n"},
      {"one line feed alone", kGet + "A: b\n\r\n"},
      {"header section ends by a line feed", kGet + "A: b\r\n\n"},
      {"Connection names Host", kGet + "Connection: host\r\n\r\n"},
      {"Connection names Authorization", kGet + "Connection: authorization\r\n\r\n"},
      {"Connection names Content-Length", kGet + "Connection: Content-Length\r\n\r\n"},
  };
  return kList;
}

// Lengths that can be read in two ways; a body or a second request follows.
const std::vector<Attack>& malformed_lengths() {
  static const std::vector<Attack> kList = {
      {"length with a sign", kPost + "Content-Length: +3\r\n\r\nabc"},
      {"negative length", kPost + "Content-Length: -3\r\n\r\nabc"},
      {"length in hex", kPost + "Content-Length: 0x3\r\n\r\nabc"},
      {"length with a space", kPost + "Content-Length: 3 3\r\n\r\nabc"},
      {"empty length", kPost + "Content-Length:\r\n\r\nabc"},
      {"length of 20 digits", kPost + "Content-Length: 00000000000000000003\r\n\r\nabc"},
      {"length as list", kPost + "Content-Length: 3, 3\r\n\r\nabc"},
      {"two lengths", kPost + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"},
      {"the same length twice", kPost + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
      {"length and chunked",
       kPost + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"chunked and length",
       kPost + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"},
      {"gzip, chunked", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"chunked twice", kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
      {"two Transfer-Encodings",
       kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"identity", kPost + "Transfer-Encoding: identity\r\n\r\n"},
      {"xchunked", kPost + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
      {"quoted chunked", kPost + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"},
      {"vertical tab before chunked", kPost + "Transfer-Encoding: \x0b"
                                              "chunked\r\n\r\n0\r\n\r\n"},
      {"chunked in HTTP/1.0",
       "POST / HTTP/1.0\r\n" + kHostLine + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
  };
  return kList;
}

// Bodies: here the head went upstream, so the request there must stay incomplete.
const std::vector<Attack>& malformed_chunks() {
  static const std::vector<Attack> kList = {
      {"size with a sign", kChunked + "+3\r\nabc\r\n0\r\n\r\n"},
      {"size with 0x", kChunked + "0x3\r\nabc\r\n0\r\n\r\n"},
      {"size of 17 digits", kChunked + "00000000000000003\r\nabc\r\n0\r\n\r\n"},
      {"no size", kChunked + "\r\nabc\r\n0\r\n\r\n"},
      {"size in words", kChunked + "xyz\r\nabc\r\n0\r\n\r\n"},
      {"space before the size", kChunked + " 3\r\nabc\r\n0\r\n\r\n"},
      {"space behind the size", kChunked + "3 \r\nabc\r\n0\r\n\r\n"},
      {"line feed alone behind the size", kChunked + "3\nabc\r\n0\r\n\r\n"},
      {"CR alone behind the size", kChunked + "3\rabc\r\n0\r\n\r\n"},
      {"line feed alone behind the data", kChunked + "3\r\nabc\n0\r\n\r\n"},
      {"data longer than its size", kChunked + "3\r\nabcd\r\n0\r\n\r\n"},
      {"line feed in an extension", kChunked + "3;a\nb\r\nabc\r\n0\r\n\r\n"},
      {"CR in an extension", kChunked + "3;a\rb\r\nabc\r\n0\r\n\r\n"},
      {"quoted line feed in an extension", kChunked + "3;a=\"\n\"\r\nabc\r\n0\r\n\r\n"},
      {"size that overflows", kChunked + "ffffffffffffffff1\r\nabc\r\n0\r\n\r\n"},
  };
  return kList;
}

class Attacks : public testing::Test {
 protected:
  // Behind each attack stands a request that must not be seen.
  const std::string smuggled = "GET /smuggled HTTP/1.1\r\n" + kHostLine + "\r\n";

  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
};

// Everything that comes back. The client ends its side once it has an answer, as the proxy would
// wait two seconds for it to do so.
std::string all_answers(Client& client, const std::string& bytes) {
  client.send(bytes);
  std::string answer = client.read_some();
  client.half_close();
  return answer + client.read_to_end();
}

void expect_only_400(const std::string& answer) {
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_NE(answer.find("connection: close\r\n"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("HTTP/1.1", 8), std::string::npos) << "a second answer: " << answer;
}

// One that passed could hide a second request from our rules, with our token on it.
TEST_F(Attacks, MalformedHeadsInsideTls) {
  for (const auto* list : {&malformed_heads(), &malformed_lengths()}) {
    for (const Attack& attack : *list) {
      SCOPED_TRACE(attack.name);
      TlsClient client(proxy, kHost);
      expect_only_400(all_answers(client, attack.bytes + smuggled));
    }
  }
  EXPECT_EQ(cloud.arrivals().count("echo"), 0u);
  EXPECT_TRUE(proxy.wait_for_event("bad_request"));
  EXPECT_TRUE(proxy.running());
}

// The same on the proxy port, before any rule was asked.
TEST_F(Attacks, MalformedHeadsOnTheProxyPort) {
  for (const auto* list : {&malformed_heads(), &malformed_lengths()}) {
    for (Attack attack : *list) {
      SCOPED_TRACE(attack.name);
      const std::size_t slash = attack.bytes.find('/');
      attack.bytes.replace(slash, 1, "http://echo.googleapis.com/");
      TcpClient client(proxy.proxy());
      const std::string answer = all_answers(client, attack.bytes + smuggled);
      // Absolute-form wins over a Host that is only wrong, not malformed.
      if (answer.starts_with("HTTP/1.1 200") && attack.name == "Host with userinfo"s) continue;
      if (answer.starts_with("HTTP/1.1 200") && attack.name == "invalid Host"s) continue;
      expect_only_400(answer);
    }
  }
  EXPECT_EQ(cloud.arrivals().count("echo", "/smuggled"), 0u);
  EXPECT_TRUE(proxy.running());
}

// A chunk that is framed wrongly ends both connections: the upstream must not see a whole request.
TEST_F(Attacks, MalformedChunksAreNeverCompletedUpstream) {
  for (const Attack& attack : malformed_chunks()) {
    SCOPED_TRACE(attack.name);
    TlsClient client(proxy, kHost);
    const std::string answer = all_answers(client, attack.bytes + smuggled);
    if (!answer.empty()) expect_only_400(answer);
  }
  EXPECT_EQ(cloud.arrivals().count("echo", "/smuggled"), 0u);
  for (const std::string& line : proxy.events("request")) {
    EXPECT_EQ(line.find("\"status\":200"), std::string::npos) << line;
  }
  EXPECT_TRUE(proxy.running());
}

// Origin-form on the proxy port has no authority but a Host that anybody can write.
TEST_F(Attacks, OriginFormOnTheProxyPortIsRefused) {
  TcpClient client(proxy.proxy());
  EXPECT_EQ(client.exchange(kGet + "\r\n").status, 400);
  EXPECT_EQ(cloud.arrivals().count("echo"), 0u);
}

// A PROXY line would let a client choose its source address.
TEST_F(Attacks, ProxyProtocolIsABadRequest) {
  TcpClient client(proxy.proxy());
  const std::string answer = all_answers(
      client, "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nGET http://echo.googleapis.com/ HTTP/1.1\r\n" +
                  kHostLine + "\r\n");
  expect_only_400(answer);
  EXPECT_EQ(cloud.arrivals().count("echo"), 0u);
}

// TRACE would show the client our token; CONNECT inside a session nests proxies.
TEST_F(Attacks, MethodsThatAreRefused) {
  for (const char* method : {"TRACE", "TRACK", "CONNECT"}) {
    SCOPED_TRACE(method);
    TlsClient client(proxy, kHost);
    const std::string target = method[0] == 'C' ? "echo.googleapis.com:443" : "/";
    const Reply reply = client.exchange(request_text(method, target, kHost));
    EXPECT_EQ(reply.status, 405);
    EXPECT_EQ(reply.header("allow"), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  }
  TlsClient client(proxy, kHost);
  EXPECT_EQ(client.exchange(request_text("OPTIONS", "/", kHost, "Max-Forwards: 0\r\n")).status,
            200);
  EXPECT_EQ(cloud.arrivals().count("echo"), 0u);
}

// A scanner gets nothing that tells what we are, and no connection that it can hold open.
TEST_F(Attacks, ForeignProtocolsAreClosedWithoutAnAnswer) {
  for (const std::string& bytes :
       {"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03"s, "\x05\x01\x00"s,
        "\x04\x01\x01\xbb\x01\x02\x03\x04\x00"s, "SSH-2.0-OpenSSH_9.2\r\n"s,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s, "\x00\x01\x02\x03"s, "\xff\xfe\xfd"s}) {
    SCOPED_TRACE(bytes);
    TcpClient client(proxy.proxy());
    client.send(bytes);
    EXPECT_EQ(client.read_to_end(), "");
  }
  EXPECT_TRUE(proxy.running());
}

// Larger heads than the limits are refused by their own status, not by more memory.
TEST_F(Attacks, HeadsThatAreTooLarge) {
  const std::string many = [] {
    std::string fields;
    for (int i = 0; i < 101; ++i) fields += "A" + std::to_string(i) + ": b\r\n";
    return fields;
  }();
  const struct {
    std::string bytes;
    int status;
  } cases[] = {{request_text("GET", "/" + std::string(8000, 'a'), kHost), 200},
               {request_text("GET", "/" + std::string(17000, 'a'), kHost), 414},
               {request_text("GET", "/" + std::string(200000, 'a'), kHost), 414},
               {request_text("GET", "/", kHost, "A: " + std::string(33000, 'b') + "\r\n"), 431},
               {request_text("GET", "/", kHost, "A: " + std::string(300000, 'b') + "\r\n"), 431},
               {request_text("GET", "/", kHost, many), 431}};
  for (const auto& each : cases) {
    SCOPED_TRACE(std::to_string(each.bytes.size()) + " bytes");
    TlsClient client(proxy, kHost);
    client.send(each.bytes);
    EXPECT_EQ(client.read_reply().status, each.status);
  }
}

// Garbage of every first byte ends its own connection and nothing else.
TEST_F(Attacks, AnyFirstByteIsSurvived) {
  for (int byte = 0; byte < 256; ++byte) {
    TcpClient client(proxy.proxy());
    client.send(std::string(1, static_cast<char>(byte)) + "\r\n\r\n\r\n");
    client.half_close();
    const std::string answer = client.read_to_end();
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 400 ")) << byte << answer;
  }
  TlsClient client(proxy, kHost);
  EXPECT_EQ(client.exchange(request_text("GET", "/", kHost)).status, 200);
}

}  // namespace
}  // namespace wif::test
