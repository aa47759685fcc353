#include "proxy/serve_requests.h"

#include <boost/asio/steady_timer.hpp>

#include "base/log.h"
#include "http/h2_server.h"
#include "proxy/answer.h"

namespace wif::proxy {

namespace {

// Logs and counts a head that was refused; what its answer says beside the error.
AnswerContext report_malformed(Worker& worker, const ClientInfo& client, const std::string& id,
                               std::string_view code, const Error& error) {
  log::warn(
      "bad_request",
      {{"request_id", id}, {"client", client.address}, {"code", code}, {"error", error.what}});
  worker.counters.count_denied(error.reason);
  AnswerContext context;
  context.request_id = id;
  context.diagnostic_header = worker.shared.config.diagnostic_header;
  return context;
}

// A head beyond the limits, or one that HTTP/2 lets through and HTTP/1.1 does not.
Task<void> refuse_stream(Worker& worker, const ClientInfo& client, http::H2ServerStream& stream,
                         const Error& error) {
  const std::string id = worker.next_request_id();
  const AnswerContext context = report_malformed(worker, client, id, error.code, error);
  auto sent = co_await answer(stream, error, context);
  if (sent && !stream.body_done()) co_await stream.drain(0);
}

}  // namespace

Task<void> refuse_malformed(Worker& worker, const ClientInfo& client, http::H1Server& server,
                            const Error& error) {
  if (error.reason == Reason::kClientGone) co_return;
  const std::string id = worker.next_request_id();
  const std::string_view code = error.code.empty() ? std::string_view("not_http") : error.code;
  const AnswerContext context = report_malformed(worker, client, id, code, error);
  if (server.silent_close()) co_return;
  server.close_after();
  server.head() = http::RequestHead();  // nothing of a head that did not parse is used
  auto sent = co_await answer(server, error, context);
  if (sent) co_await server.drain(64u << 10);  // so that the client gets to read the answer
}

Task<void> serve_http2(Worker& worker, ClientInfo& client, ClientGuard& guard,
                       tls::Transport& transport) {
  const auto opened = CoarseClock::now();
  const auto max_age = worker.shared.config.limits.max_connection_age;
  http::H2Server* connection = nullptr;
  http::H2Server server(
      transport, worker.executor(), worker.deadlines, worker.h2_limits, worker.h2_timeouts,
      [&](http::H2ServerStream& stream) -> Task<void> {
        const bool old = max_age.count() > 0 && CoarseClock::now() - opened > max_age;
        if (old) connection->begin_shutdown();
        if (stream.head_error()) {
          return refuse_stream(worker, client, stream, *stream.head_error());
        }
        return handle_request(worker, client, stream);
      },
      [&guard](bool busy) {
        guard.set(busy ? ClientConnection::Phase::kBusy : ClientConnection::Phase::kIdle);
      });
  connection = &server;
  guard.on_drain([&server] { server.begin_shutdown(); });
  if (worker.draining()) server.begin_shutdown();
  co_await server.serve();
  guard.on_drain(nullptr);
}

Task<void> serve_requests(Worker& worker, ClientInfo& client, ClientGuard& guard,
                          http::H1Server& server, bool have_head) {
  const auto opened = CoarseClock::now();
  const auto max_age = worker.shared.config.limits.max_connection_age;
  for (bool more = true; more; more = server.reusable() && !worker.draining()) {
    if (!have_head) {
      guard.set(ClientConnection::Phase::kIdle);
      auto head = co_await server.next();
      guard.set(ClientConnection::Phase::kBusy);
      if (!head) {
        co_await refuse_malformed(worker, client, server, head.error());
        co_return;
      }
      if (!*head) co_return;
    }
    have_head = false;
    const bool old = max_age.count() > 0 && CoarseClock::now() - opened > max_age;
    if (old || worker.draining()) server.close_after();
    co_await handle_request(worker, client, server);
  }
}

}  // namespace wif::proxy
