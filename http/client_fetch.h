// The real Fetch: one request on a connection of its own, for auth/ and for commands. Belongs to
// one io_context.
#pragma once

#include <functional>

#include "http/fetch.h"
#include "http/pool.h"

namespace wif::http {

// What the fetcher needs beside the request.
struct FetchOptions {
  H1Limits h1;
  // Where to connect for a host and port, by `upstream.connect_to` and `upstream.proxy`; may be
  // empty.
  std::function<DialTarget(const std::string& host, std::uint16_t port)> route;
};

// `context` verifies https servers; the references outlive the result.
Fetch make_fetch(Executor executor, Resolver& resolver, tls::DeadlineList& deadlines,
                 SSL_CTX* context, FetchOptions options);

}  // namespace wif::http
