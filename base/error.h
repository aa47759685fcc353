// What went wrong, in the terms in which a client is told: `Reason` is the closed list of the
// answers that wif-proxy makes itself. proxy/answer.cc maps each to its HTTP status, gRPC status
// and Proxy-Status (RFC 9209); nothing else does.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace wif {

enum class Reason {
  kRuleDenied,
  kClientNotAllowed,
  kClientCredential,
  kPrivateAddress,
  kHostMismatch,
  kBadRequest,
  kHeadersTooLarge,
  kTokenUnavailable,
  kFederationRefused,
  kUpstreamConnect,
  kUpstreamTls,
  kUpstreamNoHttp2,
  kUpstreamClosed,
  kUpstreamProtocol,
  kUpstreamTimeout,
  kOverloaded,
  kInternal,
  // Never answered to anybody: the peer we would answer is the one that went away.
  kClientGone,
  // Never answered to a client: printed by the command that read the configuration.
  kConfiguration,
};

// A value; copying is cheap enough for the paths that fail. `what` is a whole sentence for a
// person: what was being done, to what, what happened, what to do. It never holds a secret.
struct Error {
  Error(Reason reason_in, std::string what_in) : reason(reason_in), what(std::move(what_in)) {}

  // The same error with where it happened in front.
  Error with_context(std::string_view context) && {
    what.insert(0, ": ");
    what.insert(0, context);
    return std::move(*this);
  }

  Reason reason;
  std::string what;
  std::string code;                 // failure code of the token chain (docs/errors.md), or empty
  int status = 0;                   // HTTP status where it is not the reason's usual one
  std::string_view proxy_status{};  // RFC 9209 error type where it is not the reason's usual one
  std::chrono::seconds retry_after{0};
  bool unprocessed = false;  // the upstream says that it did nothing with the request
};

}  // namespace wif
