// HTTP/2 for the server under the stand-ins: one connection, each request served by a thread of its
// own through the same Handler as HTTP/1.1. By nghttp2; shares no code with wif-proxy.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sandbox/http.h"
#include "tests/sandbox/stream.h"

namespace sandbox {

// Serves a connection whose ALPN is h2 until it ends and no handler runs any more. `raw` in a
// Response, and After::kReset, end the whole connection.
void serve_http2(Stream& stream, const Handler& handler, const std::string& peer,
                 std::uint64_t connection);

}  // namespace sandbox
