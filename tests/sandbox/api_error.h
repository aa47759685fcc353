// Errors in the two Google REST APIs of the sandbox: thrown where they are found, and turned into
// an answer in one place, the handler.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "tests/sandbox/http.h"

namespace sandbox {

// One error of a Google API: HTTP status, the short reason its clients look at, and the text.
struct ApiError : std::runtime_error {
  ApiError(int http_status, std::string short_reason, const std::string& message);

  int status;
  std::string reason;
};

// The common ones.
ApiError bad_request(const std::string& message);      // 400 invalid
ApiError invalid_query(const std::string& message);    // 400 invalidQuery
ApiError not_found(const std::string& message);        // 404 notFound
ApiError not_implemented(const std::string& message);  // 501 notImplemented

// Google's JSON form of an error, and an answer that carries any JSON.
nlohmann::json error_json(const ApiError& error);
Response error_response(const ApiError& error);
Response json_response(const nlohmann::json& body, int status = 200);

// The body of a request as a JSON object, empty where there is no body. Fields that are null count
// as absent and are taken out, but for those at the top of a PATCH, where null means "remove".
// Throws ApiError.
nlohmann::json json_body(const Request& request);

// Takes out the fields of all objects in `value` that are null.
void drop_nulls(nlohmann::json& value);

}  // namespace sandbox
