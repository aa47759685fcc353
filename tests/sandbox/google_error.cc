#include "tests/sandbox/google_error.h"

#include <nlohmann/json.hpp>

namespace sandbox {

Response google_error(int status, std::string_view name, std::string_view message,
                      std::string_view reason, const HeaderList& metadata,
                      std::string_view domain) {
  nlohmann::ordered_json error = {{"code", status}, {"message", message}, {"status", name}};
  if (!reason.empty()) {
    nlohmann::ordered_json info = {{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                   {"reason", reason},
                                   {"domain", domain}};
    for (const auto& [key, value] : metadata) info["metadata"][key] = value;
    error["details"] = nlohmann::ordered_json::array({info});
  }
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json; charset=UTF-8"}};
  response.body = nlohmann::ordered_json{{"error", error}}.dump(2) + "\n";
  return response;
}

Response unauthenticated(bool token_given) {
  // Without credentials Google's front end words it differently and names no error to the client.
  Response response =
      token_given
          ? google_error(401, "UNAUTHENTICATED",
                         "Request had invalid authentication credentials. Expected OAuth 2 access "
                         "token, login cookie or other valid authentication credential. See "
                         "https://developers.google.com/identity/sign-in/web/devconsole-project.",
                         "ACCESS_TOKEN_EXPIRED")
          : google_error(401, "UNAUTHENTICATED",
                         "Request is missing required authentication credential. Expected OAuth 2 "
                         "access token, login cookie or other valid authentication credential. See "
                         "https://developers.google.com/identity/sign-in/web/devconsole-project.",
                         "CREDENTIALS_MISSING");
  response.headers.emplace_back("WWW-Authenticate",
                                token_given ? "Bearer realm=\"https://accounts.google.com/\", "
                                              "error=\"invalid_token\""
                                            : "Bearer realm=\"https://accounts.google.com/\"");
  return response;
}

Response scope_insufficient(std::string_view service) {
  return google_error(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.",
                      "ACCESS_TOKEN_SCOPE_INSUFFICIENT", {{"service", std::string(service)}});
}

}  // namespace sandbox
