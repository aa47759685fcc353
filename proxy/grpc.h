// Refusals in the form that gRPC clients read: a trailers-only answer (the PROTOCOL-HTTP2 document
// of gRPC) with google.rpc.Status in grpc-status-details-bin. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/headers.h"

namespace wif::proxy {

// Whether a request is a gRPC call: content-type application/grpc, +proto, ... but not grpc-web,
// which is made for HTTP/1.1.
bool is_grpc(const http::Headers& headers);

// A value of grpc-message: printable ASCII stays, the rest and "%" are percent-encoded.
std::string grpc_message(std::string_view text);

struct GrpcErrorInfo {
  int code;                  // google.rpc.Code
  std::string_view message;  // for people
  std::string_view reason;   // of google.rpc.ErrorInfo, "RULE_DENIED"
  std::vector<std::pair<std::string_view, std::string_view>> metadata;
};

// google.rpc.Status with one ErrorInfo of the domain "wif-proxy", serialized and in base64 without
// padding, as binary metadata is sent.
std::string grpc_status_details(const GrpcErrorInfo& info);

}  // namespace wif::proxy
