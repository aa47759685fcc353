// The HTTP server under every stand-in of the sandbox cloud: blocking sockets, one thread per
// connection, HTTP/1.1 and, by ALPN, HTTP/2, optionally TLS by OpenSSL. It shares no code with
// wif-proxy on purpose: a bug in both would pass every test.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sandbox {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// Value of the first field of that name (any case), "" where there is none.
std::string_view find_header(const HeaderList& headers, std::string_view name);

// Reads up to `size` body bytes into `out`; 0 = end of the body. Throws std::runtime_error when the
// peer ends the body early.
using BodySource = std::function<std::size_t(char* out, std::size_t size)>;

// One request. The body is pulled, so that 1 GiB passes through in constant memory.
struct Request {
  std::string method;
  std::string target;  // as received: path and query
  std::string path;    // target without query, not decoded
  std::string query;   // without "?", not decoded
  HeaderList headers;  // names as received
  std::string peer;    // address and port of the client
  BodySource body;     // the first read answers "Expect: 100-continue"

  std::string server_name;            // SNI of the TLS connection, "" without
  std::string protocol = "http/1.1";  // or "h2"
  std::uint64_t connection = 0;       // serial number of the connection at this listener, from 1
  // Trailer fields, there once `body` has returned 0. Null in a request made by hand.
  std::shared_ptr<const HeaderList> trailers;

  // Value of the first field of that name (any case), "" where there is none.
  std::string_view header(std::string_view name) const;
  // How many fields of that name there are.
  std::size_t header_count(std::string_view name) const;
  // Percent-decoded value of a query parameter, nullopt where absent.
  std::optional<std::string> query_value(std::string_view name) const;
  // The rest of the body; throws std::runtime_error above `limit`.
  std::string read_body(std::size_t limit = 64u << 20) const;
};

// What becomes of the connection after an answer. A connection that cannot be used again (unread
// body, cut answer) is closed in any case.
enum class After {
  kKeep,   // serve the next request
  kClose,  // orderly end
  kReset,  // TCP reset
  kHang,   // nothing more is sent; lasts until the peer goes away or the server stops
};

// An informational answer (1xx) in front of the final one.
struct Interim {
  int status;
  HeaderList headers;
};

// One answer: `body`, or `source` with `content_length` (chunked where that is absent). An answer
// that delivers less than its `content_length` is cut: the connection ends there. `Date` is added
// where the handler sets none.
struct Response {
  int status = 200;
  HeaderList headers;
  std::string body;
  BodySource source;
  std::optional<std::uint64_t> content_length;
  HeaderList trailers;  // only with a chunked body

  std::vector<Interim> interim;
  std::chrono::milliseconds delay{0};  // before the first byte is sent
  // These bytes instead of an answer, as they are; "" sends nothing. With kKeep it is kClose.
  std::optional<std::string> raw;
  After after = After::kKeep;
};

using Handler = std::function<Response(Request&)>;

// PEM of a server certificate chain (leaf first) and its key.
struct TlsIdentity {
  std::string certificate_pem;
  std::string private_key_pem;
  bool only_tls_1_1 = false;  // a server that a careful client must refuse
  std::vector<std::string> protocols{"h2", "http/1.1"};  // ALPN, by preference
};

// A listener on 127.0.0.1 (or `address`) at a free port, serving until destroyed. The destructor
// ends all connections and returns when no handler runs any more.
class HttpServer {
 public:
  // `address` is an IP address, with `:port` where the port must not be a free one
  // (`[::1]:80` for IPv6). The handler is called by many threads at once.
  HttpServer(std::string address, Handler handler, std::optional<TlsIdentity> tls = std::nullopt);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  std::uint16_t port() const;
  // "address:port" as clients write it.
  std::string endpoint() const;
  // How many connections were accepted so far.
  std::uint64_t accepted() const;
  // Certificate for connections from now on.
  void set_identity(const TlsIdentity& tls);
  // Ends every open connection; the listener stays.
  void drop_connections();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

std::string percent_decode(std::string_view text);
std::string percent_encode(std::string_view text);  // all but unreserved
// Fields of an application/x-www-form-urlencoded body or query, in order, decoded ("+" is a space).
HeaderList parse_form(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace sandbox
