// The server that every stand-in runs on, over real sockets: were it lenient or wrong in framing,
// the proxy's mistakes would go unseen.

#include "tests/sandbox/http.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "tests/sandbox/echo.h"
#include "tests/sandbox/failures.h"

namespace sandbox {
namespace {

// A TCP connection that sends text and gives back all that is answered until the end.
class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(const std::string& text) const {
    ASSERT_TRUE(connected_);
    ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  }

  // Until the answer holds `text` or the stream ends.
  std::string read_until(const std::string& text) const {
    std::string all;
    char buffer[4096];
    while (text.empty() || all.find(text) == std::string::npos) {
      const ssize_t count = ::recv(fd_, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      all.append(buffer, static_cast<std::size_t>(count));
    }
    return all;
  }
  std::string read_all() const { return read_until(""); }

 private:
  int fd_;
  bool connected_ = false;
};

// Answers "METHOD TARGET BODY".
Response describe(Request& request) {
  Response response;
  response.headers = {{"Date", "now"}};
  response.body = request.method + " " + request.target + " " + request.read_body();
  return response;
}

std::string ask(const Handler& handler, const std::string& text) {
  HttpServer server("127.0.0.1", handler);
  const Client client(server.port());
  client.send(text);
  return client.read_all();
}

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

constexpr char kClosing[] = "Host: x\r\nConnection: close\r\n";

TEST(HttpServer, ReadsBodiesOfBothFramings) {
  expect_contains(ask(describe, "POST /a?b HTTP/1.1\r\n" + std::string(kClosing) +
                                    "Content-Length: 5\r\n\r\nhello"),
                  "\r\n\r\nPOST /a?b hello");
  expect_contains(ask(describe, "POST / HTTP/1.1\r\n" + std::string(kClosing) +
                                    "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n"
                                    "0\r\nT: v\r\n\r\n"),
                  "POST / abcde");
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  const std::string answer = ask(describe,
                                 "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nabGET /2 "
                                 "HTTP/1.1\r\n" +
                                     std::string(kClosing) + "\r\n");
  expect_contains(answer, "POST /1 abHTTP/1.1 200");
  expect_contains(answer, "GET /2 ");
}

TEST(HttpServer, RefusesAmbiguousFraming) {
  for (const std::string fields :
       {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: +1\r\n",
        "Content-Length: 1,1\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding : chunked\r\n", " folded\r\n", "Host: y\r\n"}) {
    const std::string answer = ask(describe, "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n0");
    EXPECT_EQ(answer.rfind("HTTP/1.1 400 ", 0), 0u) << fields << answer;
  }
}

TEST(HttpServer, RefusesMalformedChunksAndBareLineFeeds) {
  for (const std::string rest : {"x\r\n", "1\r\nab\r\n0\r\n\r\n", "1\nab", "-1\r\n"}) {
    expect_contains(
        ask(describe,
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + rest + "\r\n"),
        "HTTP/1.1 400 ");
  }
  expect_contains(ask(describe, "GET / HTTP/1.1\nHost: x\n\n"), "HTTP/1.1 400 ");
}

TEST(HttpServer, SendsContinueOnlyWhenTheBodyIsRead) {
  HttpServer server("127.0.0.1", describe);
  const Client client(server.port());
  client.send("POST / HTTP/1.1\r\n" + std::string(kClosing) +
              "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ab");
  expect_contains(client.read_all(), "POST / ab");

  const auto refuse = [](Request&) {
    Response response;
    response.status = 401;
    return response;
  };
  const std::string answer = ask(refuse,
                                 "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: "
                                 "100-continue\r\n\r\n");
  EXPECT_EQ(answer.rfind("HTTP/1.1 401 ", 0), 0u) << answer;
  expect_contains(answer, "Connection: close\r\n");
}

TEST(HttpServer, SendsChunksAndTrailers) {
  const auto handler = [](Request&) {
    Response response;
    response.body = "abc";
    response.trailers = {{"X-Sum", "1"}};
    return response;
  };
  expect_contains(ask(handler, "GET / HTTP/1.1\r\n" + std::string(kClosing) + "\r\n"),
                  "\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
}

TEST(HttpServer, AnswersHeadWithoutABody) {
  const std::string answer = ask(describe, "HEAD / HTTP/1.1\r\n" + std::string(kClosing) + "\r\n");
  expect_contains(answer, "Content-Length: 7\r\n");
  EXPECT_EQ(answer.substr(answer.size() - 4), "\r\n\r\n");
}

TEST(HttpServer, CutsAnAnswerThatEndsEarly) {
  const auto handler = [](Request&) {
    Response response;
    response.body = "abc";
    response.content_length = 10;
    return response;
  };
  const std::string answer = ask(handler, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  expect_contains(answer, "Content-Length: 10\r\n");
  EXPECT_EQ(answer.substr(answer.size() - 7), "\r\n\r\nabc");
}

TEST(HttpServer, TurnsAHandlersExceptionInto500) {
  const auto handler = [](Request&) -> Response { throw std::runtime_error("broken"); };
  expect_contains(ask(handler, "GET / HTTP/1.1\r\n" + std::string(kClosing) + "\r\n"),
                  "HTTP/1.1 500 ");
}

// A test that ends while a client waits for ever must not hang in the destructor.
TEST(HttpServer, EndsWhileRequestsHang) {
  const auto handler = [](Request& request) {
    Response response;
    response.raw = "";
    response.after = After::kHang;
    if (request.path == "/slow") response.delay = std::chrono::hours(1);
    return response;
  };
  auto server = std::make_unique<HttpServer>("127.0.0.1", handler);
  const Client hanging(server->port());
  const Client slow(server->port());
  const Client idle(server->port());
  hanging.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  while (server->accepted() < 3) ::usleep(1000);
  server.reset();
  EXPECT_EQ(hanging.read_all(), "");
  EXPECT_EQ(slow.read_all(), "");
}

TEST(Failures, AreUsedUpInOrderAndByTarget) {
  Failures failures;
  Failure failure;
  failure.status = 503;
  failure.count = 2;
  failure.target_prefix = "/v1";
  failures.add("sts", failure);
  const Handler handler = failures.failing("sts", [](Request&) { return Response(); });
  Request other;
  other.target = "/v2";
  Request request;
  request.target = "/v1/token";
  EXPECT_EQ(handler(other).status, 200);
  EXPECT_EQ(handler(request).status, 503);
  EXPECT_EQ(handler(request).status, 503);
  EXPECT_EQ(handler(request).status, 200);
}

TEST(Encoding, PercentAndForms) {
  EXPECT_EQ(percent_encode("a b/~\xc3\xa9"), "a%20b%2F~%C3%A9");
  EXPECT_EQ(percent_decode("a%20b%2f%zz%"), "a b/%zz%");
  const HeaderList form = parse_form("a=1+2&b=%26&c&=d&&a=3");
  const HeaderList expected = {{"a", "1 2"}, {"b", "&"}, {"c", ""}, {"", "d"}, {"a", "3"}};
  EXPECT_EQ(form, expected);
}

}  // namespace
}  // namespace sandbox
