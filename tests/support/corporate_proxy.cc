#include "tests/support/corporate_proxy.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "tests/sandbox/crypto.h"
#include "tests/support/client.h"

namespace wif::test {
namespace {

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// One head; bytes that came behind it are in `rest`.
std::string read_head(int from, std::string& rest) {
  std::string text;
  char buffer[4096];
  std::size_t end = std::string::npos;
  while ((end = text.find("\r\n\r\n")) == std::string::npos) {
    const auto got = ::recv(from, buffer, sizeof buffer, 0);
    if (got <= 0) return "";
    text.append(buffer, static_cast<std::size_t>(got));
  }
  rest = text.substr(end + 4);
  return text.substr(0, end + 2);
}

// Bytes both ways, until both directions have ended.
void relay(int left, int right) {
  pollfd sides[2] = {{left, POLLIN, 0}, {right, POLLIN, 0}};
  char buffer[16384];
  for (int open = 2; open > 0;) {
    if (::poll(sides, 2, -1) < 0) return;
    for (int i = 0; i < 2; ++i) {
      if (sides[i].fd < 0 || sides[i].revents == 0) continue;
      const int to = i == 0 ? right : left;
      const auto got = ::recv(sides[i].fd, buffer, sizeof buffer, 0);
      if (got > 0 && send_all(to, std::string_view(buffer, static_cast<std::size_t>(got))))
        continue;
      ::shutdown(to, SHUT_WR);
      sides[i].fd = -1;
      --open;
    }
  }
}

// Throws where nobody listens.
void connect(int client, const std::string& endpoint, const std::string& rest) {
  const TcpClient upstream(endpoint);
  send_all(client, "HTTP/1.1 200 Connection established\r\nVia: 1.1 company\r\n\r\n");
  if (send_all(upstream.descriptor(), rest)) relay(client, upstream.descriptor());
}

}  // namespace

CorporateProxy::CorporateProxy(sandbox::Cloud& cloud) {
  for (const std::string& mapping : cloud.connect_to()) {
    const std::size_t end = mapping.find(':', mapping.find(':') + 1);
    places_[mapping.substr(0, end)] = mapping.substr(end + 1);
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("the corporate proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

CorporateProxy::~CorporateProxy() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  for (const int socket : sockets_) ::close(socket);
  ::close(listener_);
}

void CorporateProxy::accept_all() {
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(client);
    threads_.emplace_back([this, client] { serve(client); });
  }
}

void CorporateProxy::serve(int client) {
  std::string rest;
  std::string endpoint;
  const std::string head = read_head(client, rest);
  const std::string refusal = head.empty() ? "" : judge(head, endpoint);
  if (!refusal.empty()) send_all(client, refusal);
  try {
    if (!endpoint.empty()) connect(client, endpoint, rest);
  } catch (const std::exception&) {
    send_all(client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
  }
  ::shutdown(client, SHUT_RDWR);
}

std::string CorporateProxy::judge(const std::string& head, std::string& endpoint) {
  const std::lock_guard lock(mutex_);
  if (!always_.empty()) {
    ++refused_;
    return always_;
  }
  if (!credentials_.empty()) {
    const std::string given = field_of(head, "proxy-authorization");
    const auto pair =
        given.starts_with("Basic ") ? sandbox::base64_decode(given.substr(6)) : std::nullopt;
    if (pair != credentials_) {
      ++refused_;
      return "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic "
             "realm=\"company\"\r\nContent-Length: 0\r\n\r\n";
    }
  }
  const std::size_t from = head.find(' ') + 1;
  const std::string target = head.substr(from, head.find(' ', from) - from);
  const auto place = places_.find(target);
  if (!head.starts_with("CONNECT ") || place == places_.end()) {
    ++refused_;
    return "HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\npolicy";
  }
  endpoint = place->second;
  served_.push_back(target);
  return "";
}

void CorporateProxy::want(const std::string& user, const std::string& password) {
  const std::lock_guard lock(mutex_);
  credentials_ = user + ":" + password;
}

void CorporateProxy::answer_always(const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  always_ = bytes;
}

void CorporateProxy::add(const std::string& target, const std::string& endpoint) {
  const std::lock_guard lock(mutex_);
  places_[target] = endpoint;
}

std::vector<std::string> CorporateProxy::served() const {
  const std::lock_guard lock(mutex_);
  return served_;
}

std::size_t CorporateProxy::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace wif::test
