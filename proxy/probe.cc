#include "proxy/probe.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/text.h"
#include "http/target.h"

namespace wif::proxy {
namespace {

constexpr std::size_t kMaxAnswerBytes = 64u << 10;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

std::string where(const ProbeTarget& target) {
  return uri_host(target.host) + ":" + std::to_string(target.port);
}

Error failed(const ProbeTarget& target, std::string_view why) {
  return Error(Reason::kUpstreamConnect, where(target) + ": " + std::string(why));
}

void set_limits(int descriptor, std::chrono::milliseconds limit) {
  timeval value{};
  value.tv_sec = limit.count() / 1000;
  value.tv_usec = (limit.count() % 1000) * 1000;
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &value, sizeof(value));  // connecting, too
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof(value));
}

Result<Descriptor> connect_to(const ProbeTarget& target, std::chrono::milliseconds limit) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code =
      ::getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &found);
  if (code != 0) return failed(target, ::gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  int failure = 0;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    Descriptor socket(::socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, 0));
    set_limits(socket.get(), limit);
    if (::connect(socket.get(), each->ai_addr, each->ai_addrlen) == 0) return socket;
    failure = errno;
  }
  // What a connect that ran out of time says is EINPROGRESS.
  return failed(target, failure == EINPROGRESS ? "no answer in time" : std::strerror(failure));
}

bool send_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Until the server closes, which it was asked to do.
std::string read_all(int descriptor) {
  std::string answer;
  std::array<char, 4096> piece{};
  while (answer.size() < kMaxAnswerBytes) {
    const auto got = ::recv(descriptor, piece.data(), piece.size(), 0);
    if (got <= 0) break;
    answer.append(piece.data(), static_cast<std::size_t>(got));
  }
  return answer;
}

}  // namespace

Result<ProbeTarget> parse_probe_url(std::string_view url, std::string_view default_path) {
  const auto parsed = http::parse_absolute_target(url);
  if (!parsed || parsed->scheme != "http") {
    return Error(Reason::kConfiguration, "--url: found \"" + std::string(url) +
                                             "\"; write http://HOST:PORT or http://HOST:PORT/PATH");
  }
  ProbeTarget target;
  target.host = parsed->authority.host;
  target.port = parsed->authority.port.value_or(80);
  const bool has_path = parsed->path_and_query != "/" || url.ends_with('/');
  target.path = has_path ? parsed->path_and_query : default_path;
  return target;
}

Result<ProbeTarget> admin_target(const config::Config& config, std::string_view path) {
  if (!config.listen.admin) {
    return Error(Reason::kConfiguration, "listen.admin is off, so there is nothing to ask");
  }
  const config::Endpoint& endpoint = *config.listen.admin;
  if (endpoint.port == 0) {
    return Error(Reason::kConfiguration,
                 "listen.admin has port 0, which the kernel chose; write --url http://HOST:PORT");
  }
  ProbeTarget target;
  target.host = endpoint.address.to_string();
  if (target.host == "0.0.0.0") target.host = "127.0.0.1";
  if (target.host == "::") target.host = "::1";
  target.port = endpoint.port;
  target.path = path;
  return target;
}

Result<ProbeAnswer> probe(const ProbeTarget& target, std::chrono::milliseconds limit) {
  TRY(const Descriptor socket, connect_to(target, limit));
  const std::string request = "GET " + target.path + " HTTP/1.1\r\nhost: " + where(target) +
                              "\r\nconnection: close\r\n\r\n";
  if (!send_all(socket.get(), request)) return failed(target, "the connection was cut");
  const std::string answer = read_all(socket.get());
  const auto head_end = answer.find("\r\n\r\n");
  const auto status = parse_decimal<int>(
      std::string_view(answer).substr(std::min<std::size_t>(answer.size(), 9), 3));
  if (!answer.starts_with("HTTP/1.") || head_end == std::string::npos || !status) {
    return failed(target, answer.empty() ? "no answer in time" : "the answer is not HTTP");
  }
  return ProbeAnswer{*status, answer.substr(head_end + 4)};
}

std::string describe_readiness(const ProbeAnswer& answer) {
  if (answer.status == 200) return "ready";
  // Our own JSON: the codes stand between the brackets of "reasons":["a","b"].
  const auto begin = answer.body.find("\"reasons\":[");
  const auto end = answer.body.find(']', begin == std::string::npos ? 0 : begin);
  if (begin == std::string::npos || end == std::string::npos) {
    return "not ready: status " + std::to_string(answer.status);
  }
  std::string codes;
  for (const char c : answer.body.substr(begin + 11, end - begin - 11)) {
    if (c == ',') codes += ", ";
    if (c != ',' && c != '"') codes += c;
  }
  return "not ready: " + codes;
}

}  // namespace wif::proxy
