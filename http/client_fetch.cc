#include "http/client_fetch.h"

#include <memory>
#include <utility>

#include "base/secret.h"
#include "base/text.h"
#include "http/target.h"
#include "tls/stream.h"

namespace wif::http {
namespace {

using Stage = FetchError::Stage;
using Answer = Result<FetchResponse, FetchError>;

// What one fetch works with; a class, so that it can be a coroutine's parameter.
class Fetcher {
 public:
  Fetcher(Executor executor, Resolver& resolver, tls::DeadlineList& deadlines, SSL_CTX* context,
          FetchOptions options)
      : executor_(executor),
        resolver_(resolver),
        deadlines_(deadlines),
        context_(context),
        options_(std::move(options)) {}

  Task<Answer> fetch(FetchRequest request);

 private:
  Task<Result<std::unique_ptr<tls::Transport>, FetchError>> open(const FetchRequest& request,
                                                                 const AbsoluteTarget& target);
  Task<Answer> exchange(H1Client& client, FetchRequest& request, const AbsoluteTarget& target);

  Executor executor_;
  Resolver& resolver_;
  tls::DeadlineList& deadlines_;
  SSL_CTX* context_;
  FetchOptions options_;
};

FetchError failed(Stage stage, bool connected, std::string what) {
  FetchError error(stage, std::move(what));
  error.connected = connected;
  return error;
}

FetchError connect_failed(const Error& error) {
  const bool timeout = error.proxy_status == "connection_timeout";
  const bool dns = error.proxy_status.starts_with("dns");
  return failed(dns       ? Stage::kResolve
                : timeout ? Stage::kTimeout
                          : Stage::kConnect,
                false, error.what);
}

FetchError exchange_failed(const Error& error) {
  return failed(error.reason == Reason::kUpstreamTimeout ? Stage::kTimeout : Stage::kProtocol, true,
                error.what);
}

Task<Result<std::unique_ptr<tls::Transport>, FetchError>> Fetcher::open(
    const FetchRequest& request, const AbsoluteTarget& target) {
  const bool https = target.scheme == "https";
  const std::string host(target.authority.host);
  const std::uint16_t port = target.authority.port.value_or(https ? 443 : 80);
  DialTimeouts timeouts;
  timeouts.dns = timeouts.connect = request.connect_timeout;
  Dialer dialer(executor_, resolver_, deadlines_, timeouts);
  DialTarget where;
  where.host = host;
  where.port = port;
  if (options_.route) where = options_.route(host, port);
  if (request.direct) where.via = nullptr;
  // The hosts are configured, not the client's choice, so private addresses are fine.
  where.allowed = [](const asio::ip::address&) { return true; };
  auto tcp = co_await dialer.connect(std::move(where));
  if (!tcp) co_return connect_failed(tcp.error());
  (*tcp)->limit(request.timeout);
  if (!https) {
    co_return std::unique_ptr<tls::Transport>(
        std::make_unique<tls::PlainTransport>(std::move(*tcp), std::string()));
  }
  auto ssl = tls::make_upstream_connection(context_, host, port, nullptr);
  if (!ssl) co_return failed(Stage::kTls, true, ssl.error().what);
  auto stream = co_await tls::Stream::connect(std::move(*tcp), std::move(*ssl));
  if (!stream) {
    const Error& error = stream.error();
    co_return failed(error.reason == Reason::kUpstreamTimeout ? Stage::kTimeout : Stage::kTls, true,
                     "TLS to " + host + ": " + error.what);
  }
  co_return std::unique_ptr<tls::Transport>(std::move(*stream));
}

Task<Answer> Fetcher::exchange(H1Client& client, FetchRequest& request,
                               const AbsoluteTarget& target) {
  RequestHead head;
  head.method = request.method;
  head.path_and_query = target.path_and_query;
  const std::string_view after_scheme =
      std::string_view(request.url).substr(target.scheme.size() + 3);
  head.authority = after_scheme.substr(0, after_scheme.find_first_of("/?"));
  for (const auto& [name, value] : request.headers) head.headers.add_view(name, value);
  head.headers.add_view("user-agent", "wif-proxy/" WIF_VERSION);
  head.headers.add_view("connection", "close");
  if (request.method != "GET" && request.method != "HEAD") {
    head.content_length = request.body.size();
  }
  FetchResponse response;
  response.sent_at = BootClock::now();
  auto sent = co_await client.send(head, false);
  if (sent) sent = co_await client.write(request.body, true);
  wipe(request.body);
  if (!sent) co_return exchange_failed(sent.error());
  ResponseHead* answer = nullptr;
  do {
    auto received = co_await client.receive();
    if (!received) co_return exchange_failed(received.error());
    answer = *received;
  } while (answer->status < 200);
  response.status = answer->status;
  response.received_at = std::chrono::system_clock::now();
  for (const HeaderField& field : answer->headers.fields()) {
    response.headers.emplace_back(field.name, field.value);
  }
  for (;;) {
    auto chunk = co_await client.read();
    if (!chunk) co_return exchange_failed(chunk.error());
    response.body.append(chunk->data);
    if (response.body.size() > request.max_body_bytes) {
      co_return failed(
          Stage::kProtocol, true,
          "the answer is larger than " + std::to_string(request.max_body_bytes) + " bytes");
    }
    if (chunk->last) co_return std::move(response);
  }
}

Task<Answer> Fetcher::fetch(FetchRequest request) {
  std::string url = request.url;
  // "https://host?query" is written by AWS's template; on the wire its path is "/".
  const auto authority_end = url.find_first_of("/?", url.find("://") + 3);
  if (authority_end != std::string::npos && url[authority_end] == '?') {
    url.insert(authority_end, "/");
  }
  auto target = parse_absolute_target(url);
  if (!target) co_return failed(Stage::kProtocol, false, request.url + ": " + target.error().what);
  auto transport = co_await open(request, *target);
  if (!transport) co_return std::move(transport).error();
  H1ClientTimeouts timeouts;
  timeouts.response = timeouts.stream_idle = request.timeout;
  H1Client client(std::move(*transport), options_.h1, timeouts);
  co_return co_await exchange(client, request, *target);
}

}  // namespace

Fetch make_fetch(Executor executor, Resolver& resolver, tls::DeadlineList& deadlines,
                 SSL_CTX* context, FetchOptions options) {
  auto fetcher =
      std::make_shared<Fetcher>(executor, resolver, deadlines, context, std::move(options));
  return [fetcher](FetchRequest request) -> Task<Answer> {
    return fetcher->fetch(std::move(request));
  };
}

}  // namespace wif::http
