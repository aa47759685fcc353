// The only place where TLS versions, ciphers, groups, ALPN, verification and tickets are set, for
// both sides. Contexts may be used by any thread; each worker makes its own all the same, so that
// reference counts do not bounce between cores. Sources: threat-model.md;
// RFC 8446, RFC 9325 (recommendations), RFC 7301 (ALPN), RFC 6125 (names).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "tls/authority.h"
#include "tls/openssl.h"
#include "tls/roots.h"
#include "tls/ticket_keys.h"
#include "tls/upstream_sessions.h"

namespace wif::tls {

// For connections to upstreams: TLS 1.2 or later, AEAD with forward secrecy, peer verified,
// security level 2. `alpn` in order of preference, empty = none offered. Errors: kInternal.
Result<SslCtxPtr> make_upstream_context(const UpstreamRoots& roots,
                                        const std::vector<std::string>& alpn);

// One connection of an upstream context that will accept a certificate for `host` only (DNS name or
// IP address; SAN only, no partial wildcards), with SNI, and resumes from and saves into `sessions`
// (null = no resumption), which must outlive the connection. The only way to make one: a context
// alone cannot check the name. Errors: kInternal.
Result<SslPtr> make_upstream_connection(SSL_CTX* context, const std::string& host,
                                        std::uint16_t port, UpstreamSessions* sessions);

// After a failed handshake with an upstream: why, for people ("certificate has expired", ...).
// Drains the error queue.
std::string handshake_failure(const SSL* ssl);

// For connections from clients, with the leaf of one host: TLS 1.2 and 1.3, AEAD with forward
// secrecy, no renegotiation, compression or early data, one ticket. `alpn` is our own preference;
// a client that offers only others gets the alert no_application_protocol, one that offers none is
// served without ALPN (http/1.1). Errors: kInternal.
Result<SslCtxPtr> make_leaf_context(const Leaf& leaf, std::shared_ptr<TicketKeys> tickets,
                                    const std::vector<std::string>& alpn);

}  // namespace wif::tls
