// The first message of a client's TLS session, read before anything is answered: its server name
// decides what becomes of the connection. Belongs to one worker.
#pragma once

#include <string>

#include "base/task.h"
#include "tls/client_hello.h"
#include "tls/tcp.h"

namespace wif::proxy {

enum class HelloOutcome {
  kReady,
  kNotTls,
  kGone,  // the client closed, or was slower than the connection's limit()
};

// Reads until a whole ClientHello is in `bytes`, which may hold some already; nothing is consumed,
// for the handshake or the tunnel needs them all. The connection and both references outlive the
// task.
Task<HelloOutcome> read_hello(tls::TcpConnection& tcp, std::string& bytes, tls::ClientHello& hello);

// Says with a fatal alert that nothing is served by that name, before any handshake of ours: the
// client reports "unrecognized name" and has seen no certificate (RFC 6066 section 3).
void refuse_name(tls::TcpConnection& tcp);

}  // namespace wif::proxy
