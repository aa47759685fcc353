#include "tests/sandbox/iam_credentials.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "tests/sandbox/google_error.h"

namespace sandbox {
namespace {

using nlohmann::json;

constexpr std::string_view kAccounts = "/v1/projects/-/serviceAccounts/";
constexpr std::string_view kCloudPlatform = "https://www.googleapis.com/auth/cloud-platform";
constexpr std::string_view kIam = "https://www.googleapis.com/auth/iam";
constexpr std::chrono::seconds kLongestLife{3600};

Response ok(const json& body) {
  Response response;
  response.headers = {{"Content-Type", "application/json; charset=UTF-8"}};
  response.body = body.dump(2) + "\n";
  return response;
}

Response invalid_argument() {
  return google_error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
}

// "3600s" with an optional fraction, which is dropped; nullopt for anything else.
std::optional<std::chrono::seconds> parse_lifetime(const std::string& text) {
  long long seconds = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seconds);
  const char* rest = parsed.ptr;
  if (parsed.ec == std::errc() && rest != end && *rest == '.') {
    rest = std::find_if(rest + 1, end, [](char c) { return c < '0' || c > '9'; });
  }
  if (parsed.ec != std::errc() || rest == end || *rest != 's' || rest + 1 != end || seconds <= 0) {
    return std::nullopt;
  }
  return std::chrono::seconds(seconds);
}

// An array of non-empty strings; nullopt for anything else.
std::optional<std::vector<std::string>> strings_at(const json& body, const char* key) {
  std::vector<std::string> out;
  const auto found = body.find(key);
  if (found == body.end()) return out;
  if (!found->is_array()) return std::nullopt;
  for (const json& item : *found) {
    if (!item.is_string() || item.get_ref<const std::string&>().empty()) return std::nullopt;
    out.push_back(item.get<std::string>());
  }
  return out;
}

Response not_found(const std::string& email) {
  return google_error(404, "NOT_FOUND", "Not found; Gaia id not found for email " + email);
}

// Walks from the caller over the delegates to `email`: each must be allowed to act as the next.
// The refusal, if there is one.
std::optional<Response> check_chain(World& world, Principal caller,
                                    const std::vector<std::string>& delegates,
                                    const std::string& email) {
  std::vector<std::string> chain;
  constexpr std::string_view kPrefix = "projects/-/serviceAccounts/";
  for (const std::string& name : delegates) {
    if (name.compare(0, kPrefix.size(), kPrefix) != 0) return invalid_argument();
    chain.push_back(name.substr(kPrefix.size()));
  }
  chain.push_back(email);
  for (const std::string& next : chain) {
    if (!world.service_account_exists(next)) return not_found(next);
    if (!world.may_impersonate(caller, next)) {
      return google_error(403, "PERMISSION_DENIED", "The caller does not have permission");
    }
    caller.members = {"serviceAccount:" + next};
  }
  return std::nullopt;
}

Response generate_access_token(World& world, const std::string& email, const json& body) {
  const auto scopes = strings_at(body, "scope");
  const json lifetime_field = body.value("lifetime", json("3600s"));
  const auto lifetime =
      lifetime_field.is_string() ? parse_lifetime(lifetime_field.get<std::string>()) : std::nullopt;
  if (!scopes || scopes->empty() || !lifetime || *lifetime > kLongestLife) {
    return invalid_argument();
  }
  const std::chrono::seconds life = std::min(*lifetime, world.token_life());
  const std::string token = world.issue_access_token(email, *scopes, life);
  return ok({{"accessToken", token}, {"expireTime", format_rfc3339(world.now() + life)}});
}

Response generate_id_token(World& world, const std::string& email, const json& body) {
  const json audience = body.value("audience", json());
  if (!audience.is_string() || audience.get_ref<const std::string&>().empty()) {
    return invalid_argument();
  }
  const long long issued = unix_seconds(world.now());
  json claims = {{"iss", "https://accounts.google.com"},
                 {"aud", audience},
                 {"azp", "104857600000000000000"},
                 {"sub", "104857600000000000000"},
                 {"iat", issued},
                 {"exp", issued + world.token_life().count()}};
  if (body.value("includeEmail", json(false)) == json(true)) {
    claims["email"] = email;
    claims["email_verified"] = true;
  }
  return ok({{"token", world.sign_id_token(claims.dump())}});
}

Response answer(World& world, Request& request) {
  const std::string_view authorization = request.header("authorization");
  const auto caller = world.check_bearer(authorization);
  if (!caller) return unauthenticated(!authorization.empty());
  const std::size_t colon = request.path.rfind(':');
  if (request.method != "POST" || request.path.compare(0, kAccounts.size(), kAccounts) != 0 ||
      colon == std::string::npos || colon < kAccounts.size()) {
    return google_error(404, "NOT_FOUND", "Method not found.");
  }
  const std::string email =
      percent_decode(request.path.substr(kAccounts.size(), colon - kAccounts.size()));
  const std::string method = request.path.substr(colon + 1);
  if (method != "generateAccessToken" && method != "generateIdToken") {
    return google_error(404, "NOT_FOUND", "Method not found.");
  }
  if (!caller->has_scope(kCloudPlatform) && !caller->has_scope(kIam)) {
    return scope_insufficient("iamcredentials.googleapis.com");
  }
  const json body = json::parse(request.read_body(1 << 20), nullptr, false);
  const auto delegates = body.is_object() ? strings_at(body, "delegates") : std::nullopt;
  if (!delegates) return invalid_argument();
  if (auto refusal = check_chain(world, *caller, *delegates, email)) return *std::move(refusal);
  return method == "generateAccessToken" ? generate_access_token(world, email, body)
                                         : generate_id_token(world, email, body);
}

}  // namespace

Handler iam_credentials_handler(World& world) {
  return [&world](Request& request) { return answer(world, request); };
}

}  // namespace sandbox
