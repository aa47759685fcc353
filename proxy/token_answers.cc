#include "proxy/token_answers.h"

#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"
#include "proxy/metadata_tree.h"
#include "proxy/placeholder_file.h"
#include "proxy/query.h"
#include "proxy/request_target.h"

namespace wif::proxy {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxForm = 8u << 10;  // that is looked into
constexpr int kExpiresIn = 3599;            // as in the metadata emulation
// Whom the token was made for: the client of the placeholder's credential file.
constexpr std::string_view kAudience = "wif-proxy";

// "www" of "www.googleapis.com"; "" for hosts elsewhere.
std::string_view service_of(std::string_view host, std::string_view universe_domain) {
  if (!host.ends_with(universe_domain)) return "";
  host.remove_suffix(universe_domain.size());
  if (!host.ends_with('.')) return "";
  host.remove_suffix(1);
  return host;
}

bool is_versioned(std::string_view path, std::string_view name) {
  constexpr std::string_view kPrefix = "/oauth2/v";
  return path.starts_with(kPrefix) && path.size() == kPrefix.size() + 2 + name.size() &&
         is_digit(path[kPrefix.size()]) && path[kPrefix.size() + 1] == '/' && path.ends_with(name);
}

bool is_value(std::string_view fields, std::string_view name, std::string_view wanted) {
  const auto value = percent_decode(query_value(fields, name));
  return value && *value == wanted;
}

// Whether the token may stand in the request's body.
bool has_form(const http::RequestHead& head) {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  const auto type = head.headers.find("content-type");
  return head.method == "POST" && head.has_body() && type && type->size() >= kForm.size() &&
         iequals(type->substr(0, kForm.size()), kForm);
}

std::string joined(const std::vector<std::string>& scopes) {
  std::string text;
  for (const std::string& scope : scopes) text += (text.empty() ? "" : " ") + scope;
  return text;
}

std::string subject(const MetadataView& view) {
  return std::to_string((stable_hash(view.email) >> 1) | 1);
}

// The members of all versions of the service together: each client looks at those that it knows.
Json token_info(const MetadataView& view) {
  return Json{{"azp", kAudience},
              {"aud", kAudience},
              {"issued_to", kAudience},
              {"audience", kAudience},
              {"sub", subject(view)},
              {"user_id", subject(view)},
              {"scope", joined(view.scopes)},
              {"expires_in", kExpiresIn},
              {"email", view.email},
              {"email_verified", true},
              {"verified_email", true},
              {"access_type", "online"}};
}

Json user_info(const MetadataView& view) {
  return Json{{"sub", subject(view)},
              {"id", subject(view)},
              {"email", view.email},
              {"email_verified", true},
              {"verified_email", true}};
}

Json refreshed(const MetadataView& view) {
  return Json{{"access_token", view.placeholder},
              {"expires_in", kExpiresIn},
              {"scope", joined(view.scopes)},
              {"token_type", "Bearer"}};
}

SmallResponse reply(const Json& json) {
  SmallResponse response(200, "application/json; charset=UTF-8", json.dump() + "\n");
  response.headers.emplace_back("cache-control", "no-store");
  return response;
}

}  // namespace

TokenCall find_token_call(std::string_view method, std::string_view host, std::string_view path,
                          std::string_view universe_domain) {
  const std::string_view service = service_of(host, universe_domain);
  if (service == "oauth2") {
    if (path == "/tokeninfo") return TokenCall::kTokenInfo;
    if (path == "/token" && method == "POST") return TokenCall::kRefresh;
  } else if (service == "www") {
    if (is_versioned(path, "tokeninfo")) return TokenCall::kTokenInfo;
    if (is_versioned(path, "userinfo")) return TokenCall::kUserInfo;
  } else if (service == "openidconnect" && path == "/v1/userinfo") {
    return TokenCall::kUserInfo;
  }
  return TokenCall::kNone;
}

std::optional<SmallResponse> answer_token_call(TokenCall call, std::string_view query,
                                               std::string_view form, const MetadataView& view) {
  if (call == TokenCall::kRefresh) {
    // In a URL it would be in logs elsewhere; no client writes it there.
    const bool ours = is_value(form, "grant_type", "refresh_token") &&
                      is_value(form, "refresh_token", kPlaceholderRefreshToken);
    if (ours) return reply(refreshed(view));
    return std::nullopt;
  }
  if (!is_value(query, "access_token", view.placeholder) &&
      !is_value(form, "access_token", view.placeholder)) {
    return std::nullopt;
  }
  return reply(call == TokenCall::kTokenInfo ? token_info(view) : user_info(view));
}

Task<Result<int>> serve_token_call(TokenCall call, http::ServerStream& stream,
                                   std::string_view path_and_query, const MetadataView& view,
                                   std::optional<RereadStream>& reread) {
  const std::string_view query = path_and_query.substr(path_of(path_and_query).size());
  std::string_view form;
  if (has_form(stream.head())) {
    reread.emplace(stream);
    CO_TRY_VOID(co_await reread->read_ahead(kMaxForm));
    form = reread->whole_body();
  }
  const auto answer = answer_token_call(call, query.empty() ? query : query.substr(1), form, view);
  if (!answer) co_return 0;
  CO_TRY_VOID(co_await respond_small(stream, *answer));
  co_return answer->status;
}

}  // namespace wif::proxy
