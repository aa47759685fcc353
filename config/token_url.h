// URL rule U (credentials.md 2): the shapes in which Google's token services appear. Pure and
// thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/url.h"

namespace wif::config {

// Whether `host` (normalised) is `service` ("sts") of `universe` ("googleapis.com") in one of the
// forms S.D, X.S.D, S.X.D, S.X.rep.D, X-S.D, S-X.p.D with X one label; S.mtls.D is one of them.
bool is_service_host(std::string_view host, std::string_view service, std::string_view universe);

// The parts of a URL that passes rule U or whose host stands in `extra_hosts` ("HOST" or
// "HOST:PORT"). The error says what was found and what to write.
Result<Url> parse_token_url(std::string_view text, std::string_view service,
                            std::string_view universe, const std::vector<std::string>& extra_hosts);

}  // namespace wif::config
