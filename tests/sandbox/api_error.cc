#include "tests/sandbox/api_error.h"

#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "tests/sandbox/gzip.h"

namespace sandbox {
namespace {

// The name that goes with an HTTP status in Google's errors.
std::string_view status_name(int status) {
  switch (status) {
    case 400: return "INVALID_ARGUMENT";
    case 401: return "UNAUTHENTICATED";
    case 403: return "PERMISSION_DENIED";
    case 404: return "NOT_FOUND";
    case 409: return "ALREADY_EXISTS";
    case 412: return "FAILED_PRECONDITION";
    case 416: return "OUT_OF_RANGE";
    case 501: return "UNIMPLEMENTED";
    default: return "INTERNAL";
  }
}

}  // namespace

ApiError::ApiError(int http_status, std::string short_reason, const std::string& message)
    : std::runtime_error(message), status(http_status), reason(std::move(short_reason)) {}

ApiError bad_request(const std::string& message) { return {400, "invalid", message}; }
ApiError invalid_query(const std::string& message) { return {400, "invalidQuery", message}; }
ApiError not_found(const std::string& message) { return {404, "notFound", message}; }

ApiError not_implemented(const std::string& message) {
  return {501, "notImplemented", "The sandbox does not do this: " + message};
}

nlohmann::json error_json(const ApiError& error) {
  nlohmann::json detail = {
      {"message", error.what()}, {"domain", "global"}, {"reason", error.reason}};
  return {{"error",
           {{"code", error.status},
            {"message", error.what()},
            {"errors", nlohmann::json::array({std::move(detail)})},
            {"status", status_name(error.status)}}}};
}

Response error_response(const ApiError& error) {
  return json_response(error_json(error), error.status);
}

Response json_response(const nlohmann::json& body, int status) {
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json; charset=UTF-8"}};
  // Values come from files that users upload: bytes that are not UTF-8 must not end the answer.
  response.body = body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

namespace {

std::string text_body(const Request& request) {
  const std::string_view encoding = request.header("Content-Encoding");
  if (encoding.empty()) return request.read_body();
  if (!equals_ignoring_case(encoding, "gzip")) {
    throw not_implemented("this Content-Encoding of a request body");
  }
  auto text = gunzip(request.read_body());
  if (!text) throw bad_request("The request body is not gzip, as Content-Encoding says.");
  return *std::move(text);
}

}  // namespace

nlohmann::json json_body(const Request& request) {
  const std::string text = text_body(request);
  if (text.empty()) return nlohmann::json::object();
  nlohmann::json body = nlohmann::json::parse(text, nullptr, false);
  if (!body.is_object()) throw bad_request("Invalid JSON payload received.");
  if (request.method == "PATCH") {
    for (auto& [name, value] : body.items()) drop_nulls(value);
  } else {
    drop_nulls(body);
  }
  return body;
}

void drop_nulls(nlohmann::json& value) {
  if (value.is_object()) {
    for (auto field = value.begin(); field != value.end();) {
      field = field->is_null() ? value.erase(field) : std::next(field);
    }
  }
  if (value.is_structured()) {
    for (nlohmann::json& inner : value) drop_nulls(inner);
  }
}

}  // namespace sandbox
