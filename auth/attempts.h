// How often a request is sent, and the pauses between. (credential exchanges only: what clients
// send is never repeated here)
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>

#include "auth/context.h"
#include "base/task.h"
#include "http/fetch.h"

namespace wif::auth {

using FetchResult = Result<http::FetchResponse, http::FetchError>;

// One pause before each further attempt, so three pauses are four attempts.
using Pauses = std::span<const std::chrono::milliseconds>;
Pauses metadata_pauses();     // services on this host or beside it: 0.2 s, 0.6 s
Pauses assume_role_pauses();  // AWS STS: 0.5 s, 1 s
Pauses google_pauses();       // Google STS and IAM Credentials: 0.25 s, 0.5 s, 1 s

// How long to wait after attempt number `attempt` (from 0) before the next; nullopt when there is
// to be none: the answer is final or the pauses are used up. Repeated are failures to connect,
// silence, 408, 429 and 5xx; a refused certificate is not. Pauses vary by 20 % either way;
// `Retry-After` in seconds is respected up to 10 s. (RFC 9110 10.2.3)
std::optional<std::chrono::nanoseconds> pause_after(Pauses pauses, std::size_t attempt,
                                                    const FetchResult& answer,
                                                    const Random& random);

// Sends what `make_request` makes, again and again by that rule; the last answer is the result.
using MakeRequest = std::function<http::FetchRequest()>;
Task<FetchResult> fetch_with_pauses(const Context& context, Pauses pauses,
                                    const MakeRequest& make_request);

// A GET of a metadata service: its time-outs, size limit and headers.
http::FetchRequest metadata_request(const Context& context, std::string method, std::string url);

}  // namespace wif::auth
