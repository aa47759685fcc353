// One request to its upstream and the answer back: connect, send, receive, relay, and what may be
// sent once more. Belongs to one worker.
#pragma once

#include <optional>

#include "base/task.h"
#include "http/pool.h"
#include "proxy/record.h"
#include "proxy/token_slot.h"
#include "proxy/upload.h"

namespace wif::proxy {

// An attempt that failed before any byte of an answer was relayed.
struct FailedAttempt {
  std::string_view method;
  bool reused_connection = false;
  bool answered = false;     // a byte of an answer came
  bool body_at_hand = true;  // no body, or all of it still buffered
  bool repeated = false;     // it was sent again before
};

// The rows of the table of retries (threat-model.md 7) for a request without an answer, once:
// "closed before any response byte", only on a connection that was used before and for an
// idempotent method; and what the upstream says it did not process (RFC 9113 8.7), any method.
bool may_retry(const FailedAttempt& attempt, const Error& error);

class Forward {
 public:
  // `token` is null when none is injected. The references outlive run().
  Forward(Worker& worker, const http::Origin& origin, http::ServerStream& client,
          RequestRecord& record, TokenPtr token);

  // Errors before responded() are to be answered; later ones have ended the exchange.
  Task<Result<void>> run();
  bool responded() const { return responded_; }

 private:
  Task<Result<void>> attempts();
  Task<Result<http::ResponseHead*>> attempt();
  Task<Result<void>> send_request();
  Task<Result<void>> send_with_body();
  Task<Result<http::ResponseHead*>> receive_final();
  Task<Result<void>> relay_interim(const http::ResponseHead& head);
  Task<Result<void>> await_continue(std::optional<http::ResponseHead*>& final_head);
  Task<bool> renew_token();
  Task<Result<void>> relay_answer(http::ResponseHead& head);
  http::Protocol protocol() const;
  http::ClientStream& upstream() { return lease_.stream(); }

  Worker& worker_;
  const http::Origin& origin_;
  http::ServerStream& client_;
  RequestRecord& record_;
  TokenPtr token_;
  http::Lease lease_;
  Upload upload_;
  std::chrono::steady_clock::time_point sent_at_{};
  std::chrono::steady_clock::time_point answered_at_{};
  bool body_held_ = false;  // the body was read before it is sent
  bool continued_ = false;  // the client was told 100
  bool token_renewed_ = false;
  bool responded_ = false;
  bool gone_ = false;  // the client gave the exchange up
};

}  // namespace wif::proxy
