// The only place where an Error becomes an answer to a client: Google's error JSON, so that client
// libraries and gcloud show our sentence, gRPC's status for gRPC calls, and Proxy-Status (RFC 9209)
// for machines.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/task.h"
#include "http/message.h"

namespace wif::proxy {

// One row of the table of reasons (docs/errors.md).
struct ReasonRow {
  Reason reason;
  std::string_view name;           // "RULE_DENIED"
  std::string_view camel_name;     // "ruleDenied"
  int status;                      // HTTP
  std::string_view google_status;  // "PERMISSION_DENIED"
  int grpc_status;                 // google.rpc.Code of the same name
  std::string_view proxy_status;   // RFC 9209 error type
};

const ReasonRow& row_of(Reason reason);
// The HTTP status that the client sees.
int status_of(const Error& error);

// Who answers: for the x-wif-proxy header and the body.
struct AnswerContext {
  std::string_view request_id;
  std::string_view identity;  // empty: no inject rule was involved
  int rule = -1;
  bool diagnostic_header = true;
};

// x-wif-proxy, where it is wanted: on our own answers and on the upstream's.
void add_diagnostic(http::Headers& headers, const AnswerContext& context);

// The JSON body alone.
std::string error_body(const Error& error, std::string_view request_id);

// Answers and ends the response; the connection goes on only if the request's body was read.
Task<Result<void>> answer(http::ServerStream& stream, const Error& error,
                          const AnswerContext& context);

}  // namespace wif::proxy
