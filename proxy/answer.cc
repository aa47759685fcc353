#include "proxy/answer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "proxy/grpc.h"

namespace wif::proxy {
namespace {

constexpr std::array<ReasonRow, 19> kRows{{
    {Reason::kRuleDenied, "RULE_DENIED", "ruleDenied", 403, "PERMISSION_DENIED", 7,
     "http_request_denied"},
    {Reason::kClientNotAllowed, "CLIENT_NOT_ALLOWED", "clientNotAllowed", 403, "PERMISSION_DENIED",
     7, "http_request_denied"},
    {Reason::kClientCredential, "CLIENT_CREDENTIAL", "clientCredential", 400, "INVALID_ARGUMENT", 3,
     "http_request_denied"},
    {Reason::kPrivateAddress, "PRIVATE_ADDRESS", "privateAddress", 403, "PERMISSION_DENIED", 7,
     "destination_ip_prohibited"},
    {Reason::kHostMismatch, "HOST_MISMATCH", "hostMismatch", 421, "FAILED_PRECONDITION", 9,
     "http_request_error"},
    {Reason::kBadRequest, "BAD_REQUEST", "badRequest", 400, "INVALID_ARGUMENT", 3,
     "http_request_error"},
    {Reason::kHeadersTooLarge, "HEADERS_TOO_LARGE", "headersTooLarge", 431, "RESOURCE_EXHAUSTED", 8,
     "http_request_error"},
    {Reason::kTokenUnavailable, "TOKEN_UNAVAILABLE", "tokenUnavailable", 503, "UNAVAILABLE", 14,
     "proxy_internal_error"},
    {Reason::kFederationRefused, "FEDERATION_REFUSED", "federationRefused", 403,
     "PERMISSION_DENIED", 7, "proxy_configuration_error"},
    {Reason::kUpstreamConnect, "UPSTREAM_CONNECT", "upstreamConnect", 502, "UNAVAILABLE", 14,
     "destination_unavailable"},
    {Reason::kUpstreamTls, "UPSTREAM_TLS", "upstreamTls", 502, "UNAVAILABLE", 14,
     "tls_certificate_error"},
    {Reason::kUpstreamNoHttp2, "UPSTREAM_NO_HTTP2", "upstreamNoHttp2", 502, "UNAVAILABLE", 14,
     "http_protocol_error"},
    {Reason::kUpstreamClosed, "UPSTREAM_CLOSED", "upstreamClosed", 502, "UNAVAILABLE", 14,
     "connection_terminated"},
    {Reason::kUpstreamProtocol, "UPSTREAM_PROTOCOL", "upstreamProtocol", 502, "INTERNAL", 13,
     "http_protocol_error"},
    {Reason::kUpstreamTimeout, "UPSTREAM_TIMEOUT", "upstreamTimeout", 504, "DEADLINE_EXCEEDED", 4,
     "http_response_timeout"},
    {Reason::kOverloaded, "OVERLOADED", "overloaded", 503, "UNAVAILABLE", 14,
     "proxy_internal_error"},
    {Reason::kInternal, "INTERNAL", "internal", 500, "INTERNAL", 13, "proxy_internal_error"},
    {Reason::kClientGone, "CLIENT_GONE", "clientGone", 499, "CANCELLED", 1,
     "connection_terminated"},
    {Reason::kConfiguration, "CONFIGURATION", "configuration", 500, "INTERNAL", 13,
     "proxy_configuration_error"},
}};

std::string sentence_of(const Error& error, std::string_view request_id) {
  return "wif-proxy: " + error.what + " (id " + std::string(request_id) + ")";
}

// RFC 9110 15.5.6 wants the methods named that are not refused: all that Google's APIs know.
constexpr std::string_view kAllowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

// CONNECT refusals: most clients show nothing but the status line, so the phrase says it.
std::string phrase_of(const ReasonRow& row) { return "wif-proxy " + std::string(row.name); }

}  // namespace

void add_diagnostic(http::Headers& headers, const AnswerContext& context) {
  if (!context.diagnostic_header) return;
  std::string value;
  value.reserve(64);
  value.append("id=").append(context.request_id);
  if (!context.identity.empty()) value.append("; identity=").append(context.identity);
  if (context.rule >= 0) value.append("; rule=").append(std::to_string(context.rule));
  headers.add("x-wif-proxy", std::move(value), http::Indexing::kNever);
}

const ReasonRow& row_of(Reason reason) {
  const auto* row = std::find_if(kRows.begin(), kRows.end(),
                                 [reason](const ReasonRow& each) { return each.reason == reason; });
  return row != kRows.end() ? *row : row_of(Reason::kInternal);
}

int status_of(const Error& error) {
  return error.status != 0 ? error.status : row_of(error.reason).status;
}

std::string error_body(const Error& error, std::string_view request_id) {
  const ReasonRow& row = row_of(error.reason);
  const std::string sentence = sentence_of(error, request_id);
  nlohmann::json metadata{{"request_id", request_id}};
  if (!error.code.empty()) metadata["code"] = error.code;
  const nlohmann::json body{
      {"error",
       {{"code", status_of(error)},
        {"status", row.google_status},
        {"message", sentence},
        {"errors",
         nlohmann::json::array(
             {{{"message", sentence}, {"domain", "wif-proxy"}, {"reason", row.camel_name}}})},
        {"details", nlohmann::json::array({{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                            {"reason", row.name},
                                            {"domain", "wif-proxy"},
                                            {"metadata", metadata}}})}}}};
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

namespace {

std::string proxy_status(const Error& error) {
  const ReasonRow& row = row_of(error.reason);
  return "wif-proxy; error=" +
         std::string(error.proxy_status.empty() ? row.proxy_status : error.proxy_status) +
         "; details=\"" + std::string(row.name) + "\"";
}

// Trailers-only: everything is in the head.
Task<Result<void>> answer_grpc(http::ServerStream& stream, const Error& error,
                               const AnswerContext& context) {
  const ReasonRow& row = row_of(error.reason);
  const std::string sentence = sentence_of(error, context.request_id);
  GrpcErrorInfo info;
  info.code = row.grpc_status;
  info.message = sentence;
  info.reason = row.name;
  info.metadata.emplace_back("request_id", context.request_id);
  if (!error.code.empty()) info.metadata.emplace_back("code", error.code);
  http::ResponseHead head;
  head.headers.add_view("content-type", "application/grpc");
  head.headers.add("grpc-status", std::to_string(row.grpc_status));
  head.headers.add("grpc-message", grpc_message(sentence));
  head.headers.add("grpc-status-details-bin", grpc_status_details(info));
  head.headers.add("proxy-status", proxy_status(error));
  add_diagnostic(head.headers, context);
  co_return co_await stream.respond(head, true);
}

Task<Result<void>> answer_json(http::ServerStream& stream, const Error& error,
                               const AnswerContext& context) {
  const ReasonRow& row = row_of(error.reason);
  const bool connecting = stream.head().method == "CONNECT";
  const std::string phrase = phrase_of(row);
  const std::string body = error_body(error, context.request_id);
  http::ResponseHead head;
  head.status = status_of(error);
  if (connecting) head.reason = phrase;
  head.content_length = body.size();
  head.headers.add_view("content-type", "application/json; charset=UTF-8");
  head.headers.add("proxy-status", proxy_status(error));
  add_diagnostic(head.headers, context);
  if (head.status == 405) head.headers.add_view("allow", kAllowedMethods);
  if (error.retry_after.count() > 0) {
    head.headers.add("retry-after", std::to_string(error.retry_after.count()));
  }
  if (!stream.body_done() || connecting) stream.close_after();
  const bool without_body = stream.head().method == "HEAD";
  head.no_body = without_body;
  auto sent = co_await stream.respond(head, without_body);
  if (sent && !without_body) sent = co_await stream.write(body, true);
  co_return sent;
}

}  // namespace

Task<Result<void>> answer(http::ServerStream& stream, const Error& error,
                          const AnswerContext& context) {
  const bool grpc =
      stream.head().version == http::Version::kHttp2 && is_grpc(stream.head().headers);
  return grpc ? answer_grpc(stream, error, context) : answer_json(stream, error, context);
}

}  // namespace wif::proxy
