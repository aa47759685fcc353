// HTTP/1.1 on one connection: reads requests, calls the handler, sends its answers.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sandbox/http.h"
#include "tests/sandbox/stream.h"

namespace sandbox {

// Serves requests until the connection ends. Never throws. Strict where leniency would hide a
// mistake of the client under test: two Content-Length fields, Content-Length beside
// Transfer-Encoding, malformed chunks and field lines get 400 and the end of the connection.
void serve_connection(Stream& stream, const Handler& handler, const std::string& peer,
                      std::uint64_t connection);

}  // namespace sandbox
