#include "tests/sandbox/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstring>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/sandbox/exchange.h"
#include "tests/sandbox/http2.h"
#include "tests/sandbox/stream.h"

namespace sandbox {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// "1.2.3.4", "1.2.3.4:80", "::1", "[::1]:80".
SocketAddress parse_address(const std::string& text) {
  std::string host = text;
  unsigned port = 0;
  const std::size_t colon = text.rfind(':');
  const bool single_colon = colon != std::string::npos && text.find(':') == colon;
  if (single_colon ||
      (text.front() == '[' && colon != std::string::npos && text.find(']') == colon - 1)) {
    host = text.substr(0, colon);
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
    if (parsed.ptr != end || port > 65535) throw std::runtime_error("bad port in " + text);
  }
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  SocketAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<std::uint16_t>(port));
    address.size = sizeof *v4;
  } else if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<std::uint16_t>(port));
    address.size = sizeof *v6;
  } else {
    throw std::runtime_error("not an IP address: " + text);
  }
  return address;
}

std::uint16_t port_of(const SocketAddress& address) {
  return address.storage.ss_family == AF_INET
             ? ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port)
             : ntohs(reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_port);
}

std::string to_text(const SocketAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const std::string port = ":" + std::to_string(port_of(address));
  if (address.storage.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr,
              text.data(), text.size());
    return text.data() + port;
  }
  inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr,
            text.data(), text.size());
  return "[" + std::string(text.data()) + "]" + port;
}

// Connections of a peer that is gone must not end the process; OpenSSL writes without MSG_NOSIGNAL.
void block_sigpipe_in_this_thread() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

std::string_view find_header(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

std::string_view Request::header(std::string_view name) const { return find_header(headers, name); }

std::size_t Request::header_count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(headers.begin(), headers.end(),
                    [&](const auto& field) { return equals_ignoring_case(field.first, name); }));
}

std::optional<std::string> Request::query_value(std::string_view name) const {
  for (auto& [key, value] : parse_form(query)) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string Request::read_body(std::size_t limit) const {
  std::string text;
  std::array<char, 64 * 1024> buffer;
  while (const std::size_t count = body ? body(buffer.data(), buffer.size()) : 0) {
    if (text.size() + count > limit) throw std::runtime_error("request body above the limit");
    text.append(buffer.data(), count);
  }
  return text;
}

// Everything the accepting thread and the connections' threads share.
struct HttpServer::State {
  struct Connection {
    int fd;
    bool done = false;
    std::thread thread;
  };

  Handler handler;
  SocketAddress bound;
  int listener = -1;
  std::atomic<std::uint64_t> accepted{0};
  std::mutex mutex;  // guards what follows
  TlsContext tls;
  std::list<Connection> connections;
  bool stopping = false;
  std::thread acceptor;

  void accept_all() {
    block_sigpipe_in_this_thread();
    for (;;) {
      SocketAddress peer;
      peer.size = sizeof peer.storage;
      const int fd = ::accept4(listener, peer.get(), &peer.size, SOCK_CLOEXEC);
      join_finished();
      const std::lock_guard lock(mutex);
      if (stopping) {
        if (fd >= 0) ::close(fd);
        return;
      }
      if (fd < 0) {
        // Out of descriptors: the clients that hold them need a moment to let go.
        if (errno == EMFILE || errno == ENFILE)
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        continue;
      }
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      Connection& connection = connections.emplace_back();
      connection.fd = fd;
      const std::uint64_t number = ++accepted;
      connection.thread =
          std::thread([this, &connection, fd, context = tls, from = to_text(peer), number] {
            serve(fd, context, from, number);
            const std::lock_guard inner(mutex);
            ::close(connection.fd);
            connection.fd = -1;
            connection.done = true;
          });
    }
  }

  void serve(int fd, const TlsContext& context, const std::string& from, std::uint64_t number) {
    try {
      Stream stream(fd, context);
      (stream.is_http2() ? serve_http2 : serve_connection)(stream, handler, from, number);
    } catch (const std::exception&) {
      // A failed handshake; the client has its alert.
    }
  }

  void join_finished() {
    std::list<Connection> finished;
    {
      const std::lock_guard lock(mutex);
      for (auto it = connections.begin(); it != connections.end();) {
        const auto next = std::next(it);
        if (it->done) finished.splice(finished.end(), connections, it);
        it = next;
      }
    }
    for (Connection& connection : finished) connection.thread.join();
  }

  void shut_connections() {
    for (Connection& connection : connections) {
      if (connection.fd >= 0) ::shutdown(connection.fd, SHUT_RDWR);
    }
  }

  void stop() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
      ::shutdown(listener, SHUT_RDWR);  // wakes accept
      shut_connections();
    }
    acceptor.join();
    for (Connection& connection : connections) connection.thread.join();
    ::close(listener);
  }
};

HttpServer::HttpServer(std::string address, Handler handler, std::optional<TlsIdentity> tls)
    : state_(std::make_shared<State>()) {
  state_->handler = std::move(handler);
  if (tls) state_->tls = make_tls_context(*tls);
  state_->bound = parse_address(address);
  SocketAddress& bound = state_->bound;
  const int fd = ::socket(bound.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  bound.size = bound.storage.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  if (fd < 0 || ::bind(fd, bound.get(), bound.size) != 0 || ::listen(fd, 512) != 0) {
    const std::string reason = std::strerror(errno);
    if (fd >= 0) ::close(fd);
    throw std::runtime_error("cannot listen on " + address + ": " + reason);
  }
  ::getsockname(fd, bound.get(), &bound.size);
  state_->listener = fd;
  state_->acceptor = std::thread([state = state_.get()] { state->accept_all(); });
}

HttpServer::~HttpServer() { state_->stop(); }

std::uint16_t HttpServer::port() const { return port_of(state_->bound); }

std::string HttpServer::endpoint() const { return to_text(state_->bound); }

std::uint64_t HttpServer::accepted() const { return state_->accepted; }

void HttpServer::set_identity(const TlsIdentity& tls) {
  TlsContext context = make_tls_context(tls);
  const std::lock_guard lock(state_->mutex);
  state_->tls = std::move(context);
}

void HttpServer::drop_connections() {
  const std::lock_guard lock(state_->mutex);
  state_->shut_connections();
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

HeaderList parse_form(std::string_view text) {
  HeaderList fields;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    std::string field(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field.empty()) continue;
    std::replace(field.begin(), field.end(), '+', ' ');
    const std::size_t equals = std::min(field.find('='), field.size());
    const std::string_view value =
        std::string_view(field).substr(std::min(equals + 1, field.size()));
    fields.emplace_back(percent_decode(std::string_view(field).substr(0, equals)),
                        percent_decode(value));
  }
  return fields;
}

}  // namespace sandbox
