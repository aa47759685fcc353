// What is taken out of heads and put into them on the way through (threat-model.md 4.2): hop-by-hop
// fields, the client's credentials, our token. Run for every request, so it does not allocate and
// looks at each field once (more often only for what Connection fields name). Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/secret.h"
#include "http/headers.h"
#include "http/message.h"

namespace wif::proxy {

// What a client sent and we took out; label `kind` of
// wif_proxy_client_credentials_stripped_total.
enum class StrippedKind {
  kPlaceholder,    // our own, from the metadata emulation
  kAuthorization,  // anything else in Authorization
  kProxyAuthorization,
  kApiKey,             // X-Goog-Api-Key, or `key` in the query
  kIam,                // X-Goog-IAM-Authorization-Token, X-Goog-IAM-Authority-Selector
  kAuthenticatedUser,  // X-Goog-Authenticated-User-*
  kIapAssertion,       // X-Goog-Iap-Jwt-Assertion
  kServerless,         // X-Serverless-Authorization
  kForwarded,          // Forwarded, X-Forwarded-*
};
inline constexpr std::size_t kStrippedKinds = 9;
std::string_view name_of(StrippedKind kind);

// A set of kinds.
class Stripped {
 public:
  void add(StrippedKind kind) { bits_ |= 1u << static_cast<unsigned>(kind); }
  bool has(StrippedKind kind) const { return (bits_ & (1u << static_cast<unsigned>(kind))) != 0; }
  bool empty() const { return bits_ == 0; }

 private:
  unsigned bits_ = 0;
};

// How to rewrite; every view must live as long as the request's head.
struct RewriteRequest {
  // Token::authorization. Null: no token is injected (another action, or credentials that the rule
  // lets pass): then only hop-by-hop fields and Proxy-Authorization go.
  const Secret* authorization = nullptr;
  std::string_view user_project = "keep";  // of the rule: keep, remove, or the project to set
  std::string_view quota_project{};        // of the identity; used when the client names none
  std::string_view placeholder{};          // what the metadata emulation hands out; for counting
};

// Takes out what must not go upstream and then adds exactly one `authorization`, a view of the
// secret marked as never to be indexed: nothing that the client wrote can remove it.
Stripped rewrite_request(http::RequestHead& head, const RewriteRequest& how);

// Hop-by-hop fields off; of answers to injected requests also Alt-Svc and the upstream's
// own x-wif-proxy, so that ours cannot be forged.
void rewrite_response(http::ResponseHead& head, bool injected);

// The trailers that may be forwarded: none that frame, route, authenticate or say how a
// message is to be read (RFC 9110 6.5.1). Views into `trailers`, which must live on. Allocates: do
// not call it where trailers.empty().
http::Headers filter_trailers(const http::Headers& trailers);

}  // namespace wif::proxy
