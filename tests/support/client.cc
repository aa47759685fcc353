#include "tests/support/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace wif::test {
namespace {

constexpr long kReadLimitSeconds = 30;

std::string openssl_error(const std::string& what) {
  char text[256] = "";
  ::ERR_error_string_n(::ERR_get_error(), text, sizeof text);
  ::ERR_clear_error();
  return what + ": " + text;
}

}  // namespace

std::string Reply::header(std::string_view name) const { return field_of(head, name); }

bool Client::fill() {
  const std::string more = read_some();
  buffer_ += more;
  return !more.empty();
}

std::optional<std::string> Client::take_line() {
  std::size_t end = buffer_.find("\r\n");
  while (end == std::string::npos) {
    if (!fill()) return std::nullopt;
    end = buffer_.find("\r\n");
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

bool Client::take(std::size_t size, std::string& out) {
  while (buffer_.size() < size && fill()) {
  }
  const std::size_t got = std::min(size, buffer_.size());
  out.append(buffer_, 0, got);
  buffer_.erase(0, got);
  return got == size;
}

bool Client::read_chunked(Reply& reply) {
  for (;;) {
    const auto line = take_line();
    if (!line) return false;
    std::size_t size = 0;
    const auto parsed = std::from_chars(line->data(), line->data() + line->size(), size, 16);
    if (parsed.ec != std::errc() || parsed.ptr != line->data() + line->size()) {
      throw std::runtime_error("no chunk size: " + *line);
    }
    if (size == 0) break;
    if (!take(size, reply.body)) return false;
    if (take_line() != "") throw std::runtime_error("no line end behind a chunk");
  }
  for (;;) {
    const auto line = take_line();
    if (!line) return false;
    if (line->empty()) return true;
    reply.trailers += *line + "\r\n";
  }
}

Reply Client::read_reply(std::string_view method) {
  Reply reply;
  while (const auto line = take_line()) {
    reply.head += *line + "\r\n";
    if (line->empty()) break;
  }
  if (!reply.head.ends_with("\r\n\r\n")) return reply;
  reply.status = std::stoi(reply.head.substr(reply.head.find(' ') + 1, 3));
  if (method == "HEAD" || reply.status < 200 || reply.status == 204 || reply.status == 304 ||
      (method == "CONNECT" && reply.status == 200)) {
    reply.complete = true;
  } else if (sandbox::equals_ignoring_case(reply.header("transfer-encoding"), "chunked")) {
    reply.complete = read_chunked(reply);
  } else if (const std::string length = reply.header("content-length"); !length.empty()) {
    reply.complete = take(std::stoul(length), reply.body);
  } else {
    reply.body = read_to_end();
    reply.complete = true;
  }
  return reply;
}

Reply Client::exchange(std::string_view request, std::string_view method) {
  send(request);
  return read_reply(method);
}

std::string Client::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffer_, "");
}

TcpClient::TcpClient(const std::string& address, int receive_buffer) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const timeval limit{kReadLimitSeconds, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    const int failure = errno;
    ::close(socket_);
    throw std::runtime_error("connect " + address + ": " + std::strerror(failure));
  }
}

TcpClient::~TcpClient() {
  if (socket_ >= 0) ::close(socket_);
}

bool TcpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      throw std::runtime_error("the proxy took nothing for 30 s");
    }
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string TcpClient::read_some(std::size_t most) {
  std::string bytes(most, '\0');
  const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    throw std::runtime_error("nothing came for 30 s");
  }
  was_reset_ = got < 0 && errno == ECONNRESET;
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

void TcpClient::half_close() { ::shutdown(socket_, SHUT_WR); }

void TcpClient::reset() {
  const linger now{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(socket_, -1));
}

TlsClient::TlsClient(const TestProxy& proxy, const std::string& host, const Options& options)
    : tcp_(proxy.proxy(), options.receive_buffer) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  const std::string authority = host + ":" + std::to_string(options.port);
  const Reply connected = tcp_.exchange(
      "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n", "CONNECT");
  if (connected.status != 200) throw std::runtime_error("CONNECT: " + connected.head);
  context_.reset(::SSL_CTX_new(::TLS_client_method()));
  const std::string trust = options.trust.empty() ? proxy.ca_file() : options.trust;
  if (::SSL_CTX_load_verify_locations(context_.get(), trust.c_str(), nullptr) != 1) {
    throw std::runtime_error(openssl_error(trust));
  }
  ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  ssl_.reset(::SSL_new(context_.get()));
  if (options.server_name != "-") {
    const std::string& name = options.server_name.empty() ? host : options.server_name;
    ::SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
  }
  ::SSL_set1_host(ssl_.get(), host.c_str());
  ::SSL_set_fd(ssl_.get(), tcp_.descriptor());
  if (options.resume != nullptr) ::SSL_set_session(ssl_.get(), options.resume);
  if (!options.protocol.empty()) {
    const std::string offer = static_cast<char>(options.protocol.size()) + options.protocol;
    ::SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(offer.data()),
                          static_cast<unsigned>(offer.size()));
  }
  if (::SSL_connect(ssl_.get()) != 1) throw std::runtime_error(openssl_error("SSL_connect"));
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  ::SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  if (std::string_view(reinterpret_cast<const char*>(chosen), size) != options.protocol) {
    throw std::runtime_error("the proxy did not choose " + options.protocol);
  }
}

TlsClient::~TlsClient() = default;

bool TlsClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    if (::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) != 1) {
      ::ERR_clear_error();
      return false;
    }
    bytes.remove_prefix(sent);
  }
  return true;
}

std::string TlsClient::read_some(std::size_t most) {
  std::string bytes(most, '\0');
  std::size_t got = 0;
  errno = 0;
  if (::SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &got) != 1) {
    ::ERR_clear_error();
    if (errno == EAGAIN || errno == EWOULDBLOCK) throw std::runtime_error("nothing came for 30 s");
    return "";
  }
  bytes.resize(got);
  return bytes;
}

void TlsClient::half_close() {
  ::SSL_shutdown(ssl_.get());
  tcp_.half_close();
}

std::string request_text(std::string_view method, std::string_view target, std::string_view host,
                         std::string_view more_fields) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(host);
  return text.append("\r\n").append(more_fields).append("\r\n");
}

std::string field_of(std::string_view head, std::string_view name) {
  std::size_t start = head.find("\r\n");
  while (start != std::string_view::npos && start + 2 < head.size()) {
    start += 2;
    const std::size_t end = std::min(head.find("\r\n", start), head.size());
    const std::string_view line = head.substr(start, end - start);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos &&
        sandbox::equals_ignoring_case(line.substr(0, colon), name)) {
      const std::size_t value = line.find_first_not_of(' ', colon + 1);
      return value == std::string_view::npos ? "" : std::string(line.substr(value));
    }
    start = end < head.size() ? end : std::string_view::npos;
  }
  return "";
}

std::string raw_answer_path(std::string_view answer) {
  std::string base64(4 * ((answer.size() + 2) / 3) + 1, '\0');
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                     reinterpret_cast<const unsigned char*>(answer.data()),
                                     static_cast<int>(answer.size()));
  base64.resize(static_cast<std::size_t>(size));
  return "/raw?b64=" + sandbox::percent_encode(base64);
}

}  // namespace wif::test
