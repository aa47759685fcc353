#include "proxy/forward.h"

#include <new>
#include <utility>

#include "base/log.h"
#include "proxy/answer.h"
#include "proxy/grpc.h"
#include "proxy/relay.h"
#include "proxy/rewrite.h"

namespace wif::proxy {
namespace {

constexpr std::chrono::milliseconds kContinueWait{1'000};
constexpr const char* kGaveUp = "the client gave up before all was answered";

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
         method == "OPTIONS";
}

}  // namespace

bool may_retry(const FailedAttempt& attempt, const Error& error) {
  if (error.reason != Reason::kUpstreamClosed || attempt.answered || !attempt.body_at_hand ||
      attempt.repeated) {
    return false;
  }
  return error.unprocessed || (attempt.reused_connection && is_idempotent(attempt.method));
}

Forward::Forward(Worker& worker, const http::Origin& origin, http::ServerStream& client,
                 RequestRecord& record, TokenPtr token)
    : worker_(worker),
      origin_(origin),
      client_(client),
      record_(record),
      token_(std::move(token)),
      upload_(worker.executor(), client, worker.shared.config.limits.max_replay_bytes) {}

// gRPC needs HTTP/2 on both sides; the rest is spoken as the client speaks, where that can be.
http::Protocol Forward::protocol() const {
  if (is_grpc(client_.head().headers)) return http::Protocol::kOnlyHttp2;
  return client_.head().version == http::Version::kHttp2 ? http::Protocol::kHttp2
                                                         : http::Protocol::kHttp1;
}

Task<Result<void>> Forward::run() {
  client_.when_gone([this] {
    gone_ = true;
    if (lease_) upstream().reset();
  });
  Result<void> result;
  bool out_of_memory = false;
  try {
    result = co_await attempts();
  } catch (const std::bad_alloc&) {
    out_of_memory = true;
    if (lease_) upstream().reset();
  }
  client_.when_gone(nullptr);
  if (lease_) {
    if (upload_.running()) co_await upload_.join(upstream(), !client_.body_done());
    worker_.counters.add_bytes(TrafficSide::kUpstream, record_.bytes_out, upload_.bytes());
    worker_.counters.add_bytes(TrafficSide::kClient, upload_.bytes(), record_.bytes_out);
    worker_.pool.release(origin_, std::move(lease_));
  }
  record_.bytes_in = upload_.bytes();
  // Not before the upload has ended: making it may fail, too.
  if (out_of_memory) result = Error(Reason::kOverloaded, "out of memory");
  if (!result && upload_.client_error()) co_return *upload_.client_error();
  if (!result && gone_) co_return Error(Reason::kClientGone, kGaveUp);
  co_return result;
}

Task<Result<void>> Forward::attempts() {
  const http::RequestHead& head = client_.head();
  const std::size_t max_replay = worker_.shared.config.limits.max_replay_bytes;
  if (head.has_body() && !head.expect_continue &&
      head.content_length.value_or(~0ull) <= max_replay) {
    CO_TRY_VOID(co_await upload_.read_all());
    body_held_ = true;
  }
  bool repeated = false;
  for (;;) {
    if (lease_) worker_.pool.release(origin_, std::move(lease_));  // that of the attempt before
    auto lease = co_await worker_.pool.acquire(origin_, protocol(), repeated);
    if (!lease) co_return std::move(lease).error();
    lease_ = std::move(*lease);
    if (gone_) co_return Error(Reason::kClientGone, kGaveUp);
    auto answer = co_await attempt();
    const bool body_at_hand = !head.has_body() || (!upload_.running() && upload_.replayable());
    if (!answer) {
      FailedAttempt failed;
      failed.method = head.method;
      failed.reused_connection = lease_.reused;
      failed.answered = upstream().answered();
      failed.body_at_hand = body_at_hand;
      failed.repeated = repeated;
      if (gone_) co_return Error(Reason::kClientGone, kGaveUp);
      if (!may_retry(failed, answer.error())) co_return std::move(answer).error();
      repeated = true;
      continue;
    }
    if ((*answer)->status == 401 && token_ && !token_renewed_ && body_at_hand) {
      const bool renewed = co_await renew_token();
      if (renewed) continue;
    }
    co_return co_await relay_answer(**answer);
  }
}

// Sends the request, as far as the upstream takes it, and returns the head of the final answer.
Task<Result<http::ResponseHead*>> Forward::attempt() {
  const http::RequestHead& head = client_.head();
  const bool streaming = head.has_body() && !body_held_ && !upload_.replayable();
  // Where sending fails, the upstream may have answered before it closed: receive_final() tells.
  auto sent = co_await send_request();
  sent_at_ = std::chrono::steady_clock::now();
  std::optional<http::ResponseHead*> early;
  if (sent && streaming && head.expect_continue && !continued_) {
    CO_TRY_VOID(co_await await_continue(early));
  }
  if (!early) {
    if (sent && streaming) upload_.start(upstream());
    CO_TRY(early, co_await receive_final());
  }
  answered_at_ = std::chrono::steady_clock::now();
  record_.upstream = answered_at_ - sent_at_;
  co_return *early;
}

Task<Result<void>> Forward::send_request() {
  const http::RequestHead& head = client_.head();
  return head.has_body() ? send_with_body() : upstream().send(head, true);
}

Task<Result<void>> Forward::send_with_body() {
  auto sent = co_await upstream().send(client_.head(), false);
  if (!sent) co_return sent;
  // A body that is at hand goes with the head, in one record if it is small.
  if (upload_.replayable()) co_return co_await upload_.send_buffered(upstream());
  co_return co_await upstream().flush();
}

// the upstream's word is waited for, for a second; then the client is told to go on.
Task<Result<void>> Forward::await_continue(std::optional<http::ResponseHead*>& final_head) {
  const bool answers = co_await upstream().answer_within(kContinueWait);
  while (answers) {
    auto head = co_await upstream().receive();
    if (!head) co_return std::move(head).error();
    if ((*head)->status >= 200) {
      final_head = *head;
      co_return Result<void>();
    }
    CO_TRY_VOID(co_await relay_interim(**head));
    if (continued_) co_return Result<void>();
  }
  http::ResponseHead go_on;
  go_on.status = 100;
  continued_ = true;
  co_return co_await client_.respond(go_on, false);
}

Task<Result<void>> Forward::relay_interim(const http::ResponseHead& head) {
  const http::RequestHead& request = client_.head();
  const bool is_continue = head.status == 100;
  if (request.version == http::Version::kHttp10) co_return Result<void>();
  if (is_continue && (continued_ || !request.expect_continue)) co_return Result<void>();
  if (!is_continue && head.status != 103) co_return Result<void>();  // 102 is dropped
  continued_ = continued_ || is_continue;
  http::ResponseHead interim;
  interim.status = head.status;
  for (const http::HeaderField& field : head.headers.fields()) {
    interim.headers.add_view(field.name, field.value);
  }
  rewrite_response(interim, token_ != nullptr);
  co_return co_await client_.respond(interim, false);
}

Task<Result<http::ResponseHead*>> Forward::receive_final() {
  for (;;) {
    auto head = co_await upstream().receive();
    if (!head) co_return std::move(head).error();
    if ((*head)->status >= 200) co_return *head;
    CO_TRY_VOID(co_await relay_interim(**head));
  }
}

// The API refused our token: asks for another one. True: the request is to be sent again.
Task<bool> Forward::renew_token() {
  token_renewed_ = true;
  TokenSlot& slot = worker_.slot(std::string(record_.identity));
  auto fresh =
      co_await slot.replacement(token_->fingerprint, worker_.shared.config.limits.token_wait);
  if (!fresh) co_return false;
  log::info("api_token_rejected", {{"request_id", record_.id},
                                   {"identity", record_.identity},
                                   {"host", record_.host},
                                   {"retried", true}});
  http::Headers& headers = client_.head().headers;
  headers.remove("authorization");
  headers.add_view("authorization", fresh->authorization.reveal(), http::Indexing::kNever);
  token_ = std::move(fresh);
  upstream().reset();  // the rest of the refused answer is of no use
  co_return true;
}

Task<Result<void>> Forward::relay_answer(http::ResponseHead& head) {
  record_.status = head.status;
  rewrite_response(head, token_ != nullptr);
  if (!record_.identity.empty()) {
    AnswerContext context;
    context.request_id = record_.id;
    context.identity = record_.identity;
    context.rule = record_.decision.rule_index;
    context.diagnostic_header = worker_.shared.config.diagnostic_header;
    add_diagnostic(head.headers, context);
  }
  if (upload_.running() || !client_.body_done() || worker_.draining()) client_.close_after();
  responded_ = true;
  CO_TRY_VOID(co_await client_.respond(head, head.last));
  record_.overhead =
      (sent_at_ - record_.started) + (std::chrono::steady_clock::now() - answered_at_);
  if (head.last) co_return Result<void>();
  if (!upstream().ready()) {
    CO_TRY_VOID(co_await client_.flush());
  }
  auto relayed = co_await relay(upstream(), client_, record_.bytes_out);
  if (!relayed) client_.reset();  // an incomplete answer is never completed
  co_return relayed;
}

}  // namespace wif::proxy
