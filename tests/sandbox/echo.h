// A service that answers what arrived, and on some paths misbehaves in the ways a proxy must live
// with. N is a number of bytes.
//
//   /bytes/N          N bytes of known content with Content-Length
//   /chunked/N        the same, chunked
//   /mirror           the request's body, sent back while it arrives
//   /status/CODE      that status; ?times=K only for the first K requests to this target, then the
//                     echo; 308 carries Range, 401 WWW-Authenticate, 3xx Location from ?to=
//   /fields?A=B&C=D   the echo with these response fields added
//   /trailers         chunked with trailer fields
//   /interim          103 before the 200
//   /early            413 before the body is read
//   /slow?ms=M        the echo after M milliseconds
//   /drip/N?ms=M      N bytes, each after M milliseconds
//   /cut/N            declares N, sends half of it, closes; ?chunked=1 cuts a chunked body
//   /stall/N          declares N, sends half of it, then nothing more
//   /close /reset /hang   no answer: orderly end, TCP reset, silence
//   /raw?b64=TEXT     the decoded bytes are the whole answer on the wire
//   anything else     the echo
//
// The echo is JSON: method, target, headers and trailers ([name, value] in order), body_bytes,
// body_sha256, server_name, peer, connection. Issued tokens in it are replaced by
// "[token of PRINCIPAL]", since the client of a proxy that reads the echo must never see one.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sandbox/http.h"
#include "tests/sandbox/world.h"

namespace sandbox {

Handler echo_handler(World& world);

// The first `size` bytes that /bytes and /chunked send: "0123456789abcdef" over and over.
std::string known_content(std::uint64_t size);

}  // namespace sandbox
