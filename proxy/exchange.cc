#include "proxy/exchange.h"

#include <new>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "config/address_policy.h"
#include "proxy/address.h"
#include "proxy/answer.h"
#include "proxy/forward.h"
#include "proxy/metadata.h"
#include "proxy/query.h"
#include "proxy/request_target.h"
#include "proxy/reread_stream.h"
#include "proxy/rewrite.h"
#include "proxy/small_server.h"
#include "proxy/token_answers.h"

namespace wif::proxy {
namespace {

constexpr std::size_t kMaxDrained = 1u << 20;

// One request while it is served.
class Exchange {
 public:
  Exchange(Worker& worker, ClientInfo& client, http::ServerStream& stream)
      : worker_(worker), client_(client), stream_(stream) {
    record_.id = worker.next_request_id();
    record_.started = std::chrono::steady_clock::now();
    record_.method = stream.head().method;
    record_.version = stream.head().version;
  }

  Task<void> serve();

 private:
  Task<Result<void>> run();
  Result<void> refuse_local() const;
  Result<void> judge();
  void decide_for(std::uint16_t port);
  Result<void> check_query();
  Task<Result<bool>> answer_in_place();
  Task<Result<void>> forward();
  Task<Result<void>> refuse(const Error& error);
  Destination destination() const;
  void choose_destination();
  void rewrite(const TokenPtr& token);

  const config::Config& config() const { return worker_.shared.config; }
  bool injects() const { return record_.decision.action == config::Action::kInject; }

  Worker& worker_;
  ClientInfo& client_;
  http::ServerStream& stream_;
  RequestRecord record_;
  RequestTarget target_;
  std::optional<RereadStream> reread_;  // where the body was looked into
  std::string target_without_key_;
  // Its own: requests of one HTTP/2 connection run at the same time.
  std::shared_ptr<const Destination> destination_;
  bool client_credential_passes_ = false;
  bool responded_ = false;
};

Task<void> Exchange::serve() {
  Result<void> result;
  try {
    result = co_await run();
  } catch (const std::bad_alloc&) {
    result = Error(Reason::kOverloaded, "out of memory");
  }
  if (!result) {
    const Error& error = result.error();
    record_.error = error.what;
    record_.client_gone = error.reason == Reason::kClientGone;
    if (!responded_ && error.reason != Reason::kClientGone) {
      auto sent = co_await refuse(error);
      if (!sent) record_.error += "; the client was gone";
    }
  }
  if (!stream_.body_done()) co_await stream_.drain(kMaxDrained);
  finish_record(worker_, client_, record_);
}

// The order of this function is the life of a request.
Task<Result<void>> Exchange::run() {
  CO_TRY(target_, find_target(stream_.head(), client_.tunnel));
  record_.host = target_.host;
  stream_.head().path_and_query = target_.path_and_query;
  record_.path = path_of(target_.path_and_query);
  const auto in_place = co_await answer_in_place();
  if (!in_place) co_return in_place.error();
  if (*in_place) co_return Result<void>();
  CO_TRY_VOID(judge());
  CO_TRY_VOID(check_query());
  co_return co_await forward();
}

Result<void> Exchange::refuse_local() const {
  const auto literal = config::IpAddress::parse(target_.host);
  if (!is_local_name(target_.host) && !(literal && config::never_dialled(*literal))) return {};
  return Error(Reason::kPrivateAddress, target_.host + " is not reachable through the proxy");
}

// What never goes upstream: the metadata emulation and OPTIONS that has used up
// its hops (RFC 9110 7.6.2). True when it was answered.
Task<Result<bool>> Exchange::answer_in_place() {
  const http::RequestHead& head = stream_.head();
  const bool plain = !client_.tunnel && !target_.tls;
  if (plain && is_metadata_target(worker_.shared, target_.host, target_.port)) {
    if (!config().listen.metadata) {
      co_return Error(Reason::kPrivateAddress, "the metadata emulation is off");
    }
    SmallRequest request = to_small_request(head, target_.path_and_query, client_.ip);
    request.host = target_.host;  // absolute-form wins over Host
    const SmallResponse response = answer_metadata(request, worker_.shared.metadata);
    worker_.counters.count_metadata(metadata_endpoint(request.path), response.status);
    record_.status = response.status;
    record_.decision.host_label = "metadata";
    responded_ = true;
    auto sent = co_await respond_small(stream_, response);
    if (!sent) co_return std::move(sent).error();
    co_return true;
  }
  if (!client_.tunnel) {  // a session is not opened to such a host
    CO_TRY_VOID(refuse_local());
  }
  if (head.method == "OPTIONS" && head.headers.find("max-forwards") == "0") {
    const SmallResponse response(200, "", "");
    record_.status = response.status;
    responded_ = true;
    auto sent = co_await respond_small(stream_, response);
    if (!sent) co_return std::move(sent).error();
    co_return true;
  }
  // Calls about the placeholder, also to hosts that are denied.
  const MetadataView& metadata = worker_.shared.metadata;
  const TokenCall call =
      find_token_call(head.method, target_.host, record_.path, metadata.universe_domain);
  if (call == TokenCall::kNone) co_return false;
  CO_TRY(const int status,
         co_await serve_token_call(call, stream_, target_.path_and_query, metadata, reread_));
  if (status == 0) co_return false;
  record_.status = status;
  record_.decision.host_label = "metadata";
  responded_ = true;
  co_return true;
}

// Google's APIs carry out the method that these name instead, so rules judge by it.
std::string_view effective_method(const http::RequestHead& head, std::string_view path_and_query) {
  if (const auto named = head.headers.find("x-http-method-override")) return *named;
  const auto question = path_and_query.find('?');
  if (question == std::string_view::npos) return head.method;
  const std::string_view named = query_value(path_and_query.substr(question + 1), "$httpMethod");
  return named.empty() ? head.method : named;
}

void Exchange::decide_for(std::uint16_t port) {
  recall(
      client_.recent.rules, worker_.recent.rules,
      [&](const HostRules& rules) {
        return rules.host == target_.host && rules.port == port && rules.client == client_.ip;
      },
      [&] { return rules_for(config(), target_.host, port, client_.ip); });
  record_.decision = decide(*client_.recent.rules,
                            effective_method(stream_.head(), target_.path_and_query), record_.path);
}

// plain http for an inject host is sent over TLS.
Result<void> Exchange::judge() {
  const bool upgradable = !client_.tunnel && !target_.tls && target_.port == 80;
  decide_for(upgradable ? 443 : target_.port);
  if (upgradable && !record_.decision.covered) {
    decide_for(target_.port);
  } else if (upgradable) {
    target_.port = 443;
    target_.tls = true;
    if (injects() && !record_.decision.rule->upgrade_http) {
      record_.decision.action = config::Action::kDeny;
      record_.decision.denial = "plain http to " + target_.host + " is not upgraded by its rule";
    }
  }
  record_.port = target_.port;
  if (record_.decision.reported_rule >= 0) {
    log::info("rule_reported", {{"request_id", record_.id},
                                {"host", record_.host},
                                {"rule", record_.decision.reported_rule}});
  }
  if (record_.decision.action != config::Action::kDeny) return {};
  // Python's google-auth asks this in the background of every program and takes no for an answer.
  record_.quiet = record_.path.ends_with("/allowedLocations");
  return Error(record_.decision.reason, record_.decision.denial);
}

// credentials of the client's own in the query.
Result<void> Exchange::check_query() {
  if (!injects()) return {};
  const config::Rule& rule = *record_.decision.rule;
  const QueryCredential found = find_query_credential(target_.path_and_query);
  const bool passes =
      found == QueryCredential::kToken ? rule.pass_query_tokens : rule.pass_signed_urls;
  if (found != QueryCredential::kNone && !passes) {
    log::warn("client_credential_refused", {{"request_id", record_.id}, {"host", record_.host}});
    return Error(
        Reason::kClientCredential,
        found == QueryCredential::kToken
            ? "the query holds a token; the rule key \"query_tokens\": \"pass\" lets it pass"
            : "a signed URL holds its own credential; the rule key \"signed_urls\": "
              "\"pass\" lets it pass");
  }
  client_credential_passes_ = found != QueryCredential::kNone;
  if (!client_credential_passes_ && has_api_key(target_.path_and_query)) {
    target_without_key_ = without_api_key(target_.path_and_query);
    stream_.head().path_and_query = target_without_key_;
    Stripped kinds;
    kinds.add(StrippedKind::kApiKey);
    worker_.counters.count_stripped(kinds);
  }
  return {};
}

Destination Exchange::destination() const {
  Destination chosen;
  http::Origin& origin = chosen.origin;
  origin.host = target_.host;
  origin.port = target_.port;
  origin.tls = target_.tls;
  origin.identity = record_.identity;
  origin.policy = name_of(record_.decision.action);
  origin.dial = worker_.route(origin.host, origin.port, record_.decision.action);
  origin.key = http::key_of(origin);
  chosen.authority = uri_host(target_.host);
  if (target_.port != (target_.tls ? 443 : 80)) {
    chosen.authority += ":" + std::to_string(target_.port);
  }
  return chosen;
}

void Exchange::choose_destination() {
  recall(
      client_.recent.destination, worker_.recent.destination,
      [&](const Destination& last) {
        const http::Origin& origin = last.origin;
        return origin.host == target_.host && origin.port == target_.port &&
               origin.tls == target_.tls && origin.identity == record_.identity &&
               origin.policy == name_of(record_.decision.action);
      },
      [&] { return destination(); });
  destination_ = client_.recent.destination;
}

void Exchange::rewrite(const TokenPtr& token) {
  RewriteRequest how;
  if (token) {
    how.authorization = &token->authorization;
    how.user_project = record_.decision.rule->user_project;
    how.quota_project = config().identities.at(std::string(record_.identity)).quota_project;
    how.placeholder = worker_.shared.metadata.placeholder;
  }
  const Stripped kinds = rewrite_request(stream_.head(), how);
  if (!kinds.empty()) worker_.counters.count_stripped(kinds);
  stream_.head().authority = destination_->authority;
}

Task<Result<void>> Exchange::forward() {
  TokenPtr token;
  if (injects() && !client_credential_passes_) {
    record_.identity = record_.decision.rule->identity;
    TokenSlot& slot = worker_.slot(record_.decision.rule->identity);
    token = slot.current();
    if (!token) {
      const config::Limits& limits = config().limits;
      CO_TRY(token, co_await slot.get(limits.token_wait, limits.max_token_waiters));
    }
  }
  choose_destination();
  rewrite(token);
  http::ServerStream& stream = reread_ ? *reread_ : stream_;
  Forward forward(worker_, destination_->origin, stream, record_, std::move(token));
  auto done = co_await forward.run();
  responded_ = forward.responded();
  co_return done;
}

Task<Result<void>> Exchange::refuse(const Error& error) {
  const ReasonRow& row = row_of(error.reason);
  record_.reason = row.name;
  record_.status = status_of(error);
  if (!record_.quiet) worker_.counters.count_denied(error.reason);
  if (error.reason == Reason::kHostMismatch) {
    log::warn("authority_mismatch",
              {{"request_id", record_.id}, {"client", client_.address}, {"error", error.what}});
  }
  // Who names a wrong or a malformed authority is not listened to any further.
  if (error.reason == Reason::kHostMismatch || error.reason == Reason::kBadRequest) {
    stream_.close_after();
  }
  AnswerContext context;
  context.request_id = record_.id;
  context.identity = record_.identity;
  context.rule = record_.decision.rule_index;
  context.diagnostic_header = config().diagnostic_header;
  responded_ = true;
  co_return co_await answer(stream_, error, context);
}

}  // namespace

Task<void> handle_request(Worker& worker, ClientInfo& client, http::ServerStream& stream) {
  const tls::Pace::Request under_way(worker.pace());
  Exchange exchange(worker, client, stream);
  co_await exchange.serve();
}

}  // namespace wif::proxy
