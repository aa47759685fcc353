// Calls about the placeholder that go to Google in place of us: what it is worth, whom it belongs
// to, and a new one for the placeholder's refresh token (clients.md 3, 4). They are answered here,
// because the placeholder must not leave and a real token must not come into a URL; and even where
// the host is denied. A call about any other token is left to the rules.
#pragma once

#include <optional>
#include <string_view>

#include "http/message.h"
#include "proxy/metadata.h"
#include "proxy/reread_stream.h"
#include "proxy/small_server.h"

namespace wif::proxy {

enum class TokenCall {
  kNone,
  kTokenInfo,  // oauth2.googleapis.com/tokeninfo, www.googleapis.com/oauth2/v1…v3/tokeninfo
  kUserInfo,  // www.googleapis.com/oauth2/v1…v3/userinfo, openidconnect.googleapis.com/v1/userinfo
  kRefresh,   // POST oauth2.googleapis.com/token
};

// What a request to this host and path is; `path` without the query. Does not allocate for others.
TokenCall find_token_call(std::string_view method, std::string_view host, std::string_view path,
                          std::string_view universe_domain);

// The answer, where query or form (both without "?") hold the placeholder; nullopt: not ours.
std::optional<SmallResponse> answer_token_call(TokenCall call, std::string_view query,
                                               std::string_view form, const MetadataView& view);

// Such a request on `stream`, if it is about the placeholder: sends the answer and returns its
// status. 0: it is not; then `reread` is the stream to go on with, where it was made. Belongs to
// the stream's worker; the two functions above are pure.
Task<Result<int>> serve_token_call(TokenCall call, http::ServerStream& stream,
                                   std::string_view path_and_query, const MetadataView& view,
                                   std::optional<RereadStream>& reread);

}  // namespace wif::proxy
