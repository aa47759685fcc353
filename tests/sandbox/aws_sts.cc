#include "tests/sandbox/aws_sts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sandbox {
namespace {

constexpr std::string_view kXmlns = "https://sts.amazonaws.com/doc/2011-06-15/";
constexpr std::string_view kRequestId = "00000000-0000-4000-8000-000000000000";
constexpr std::string_view kVersion = "2011-06-15";

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string element(std::string_view name, std::string_view text) {
  return "<" + std::string(name) + ">" + escape(text) + "</" + std::string(name) + ">\n";
}

Response xml(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers = {{"x-amzn-RequestId", std::string(kRequestId)}, {"Content-Type", "text/xml"}};
  response.body = std::move(body);
  return response;
}

Response error(int status, std::string_view code, std::string_view message) {
  return xml(status, aws_error_xml(code, message));
}

Response result(const std::string& action, const std::string& content) {
  return xml(200, "<" + action + "Response xmlns=\"" + std::string(kXmlns) + "\">\n<" + action +
                      "Result>\n" + content + "</" + action + "Result>\n<ResponseMetadata>\n" +
                      element("RequestId", kRequestId) + "</ResponseMetadata>\n</" + action +
                      "Response>\n");
}

bool has_audience(const nlohmann::json& claims, std::string_view audience) {
  const nlohmann::json& value = claims.value("aud", nlohmann::json());
  if (value.is_string()) return value == audience;
  return value.is_array() && std::find(value.begin(), value.end(), audience) != value.end();
}

// Role of "arn:aws:iam::ACCOUNT:role/ROLE" in our account, "" for anything else.
std::string role_of_arn(std::string_view arn) {
  const std::string prefix = "arn:aws:iam::" + std::string(kAccount) + ":role/";
  return arn.substr(0, prefix.size()) == prefix ? std::string(arn.substr(prefix.size())) : "";
}

bool is_session_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  std::string_view("_+=,.@-").find(c) != std::string_view::npos;
         });
}

Response assume_role_with_web_identity(World& world, const HeaderList& form) {
  const std::string token(find_header(form, "WebIdentityToken"));
  const std::string session(find_header(form, "RoleSessionName"));
  const std::string arn(find_header(form, "RoleArn"));
  const auto unverified = unverified_jwt_claims(token);
  if (!unverified) {
    return error(400, "InvalidIdentityToken", "The ID Token provided is not a valid JWT");
  }
  const nlohmann::json claims = nlohmann::json::parse(*unverified);
  if (claims.value("iss", "") != kOidcIssuer) {
    return error(400, "InvalidIdentityToken",
                 "No OpenIDConnect provider found in your account for " + claims.value("iss", ""));
  }
  if (!world.verify_issuer_token(token)) {
    return error(
        400, "InvalidIdentityToken",
        "Couldn't retrieve verification key from your identity provider,  please reference "
        "AssumeRoleWithWebIdentity documentation for requirements");
  }
  const long long now = unix_seconds(world.now());
  const long long expiry = claims.value("exp", 0LL);
  if (expiry <= now) {
    return error(400, "ExpiredTokenException",
                 "Token expired: current date/time " + std::to_string(now) +
                     " must be before the expiration date/time " + std::to_string(expiry));
  }
  if (!has_audience(claims, kKsaAudience)) {
    return error(400, "InvalidIdentityToken", "Incorrect token audience");
  }
  if (!is_session_name(session)) {
    return error(400, "ValidationError",
                 "1 validation error detected: Value at 'roleSessionName' failed to satisfy "
                 "constraint");
  }
  const std::string role = role_of_arn(arn);
  if (role.empty() || !world.web_identity_trusted(role, claims.value("sub", ""))) {
    return error(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
  }
  const AwsCredentials given = world.assume_role(role, session, std::chrono::hours(1));
  return result("AssumeRoleWithWebIdentity",
                element("Audience", kKsaAudience) + "<AssumedRoleUser>\n" +
                    element("AssumedRoleId", "AROAEXAMPLE:" + session) +
                    element("Arn", given.arn()) + "</AssumedRoleUser>\n" +
                    element("Provider", kOidcIssuer) + "<Credentials>\n" +
                    element("AccessKeyId", given.access_key_id) +
                    element("SecretAccessKey", given.secret_access_key) +
                    element("SessionToken", given.session_token) +
                    element("Expiration", format_rfc3339(given.expiration)) + "</Credentials>\n" +
                    element("SubjectFromWebIdentityToken", claims.value("sub", "")));
}

Response get_caller_identity(World& world, const Request& request, const std::string& body) {
  const SignedRequest arrived{request.method, request.path, request.query, request.headers,
                              to_hex(sha256(body))};
  std::string region = region_of_sts_host(request.header("host"));
  const auto claimed = parse_sigv4(request.header("authorization"));
  // Reached by address: the signer's word for the region has to do.
  if (region.empty() && claimed) region = claimed->region;
  const SigV4Verdict verdict = check_sigv4(
      arrived, region, "sts", [&](std::string_view id) { return world.find_credentials(id); },
      world.now());
  if (!verdict.signer) return error(403, verdict.error_code, verdict.error_message);
  return result("GetCallerIdentity",
                element("Arn", verdict.signer->arn()) +
                    element("UserId", "AROAEXAMPLE:" + verdict.signer->session) +
                    element("Account", verdict.signer->account));
}

}  // namespace

std::string aws_error_xml(std::string_view code, std::string_view message) {
  return "<ErrorResponse xmlns=\"" + std::string(kXmlns) +
         "\">\n  <Error>\n    <Type>Sender</Type>\n" + "    " + element("Code", code) + "    " +
         element("Message", message) + "  </Error>\n  " + element("RequestId", kRequestId) +
         "</ErrorResponse>\n";
}

std::string region_of_sts_host(std::string_view host) {
  const std::string name(host.substr(0, host.find(':')));
  if (name == "sts.amazonaws.com") return "us-east-1";
  for (const std::string_view suffix : {".amazonaws.com", ".amazonaws.com.cn"}) {
    constexpr std::string_view kService = "sts.";
    if (name.size() <= kService.size() + suffix.size() || name.compare(0, 4, kService) != 0)
      continue;
    const std::size_t end = name.size() - suffix.size();
    if (name.compare(end, suffix.size(), suffix) != 0) continue;
    const std::string region = name.substr(kService.size(), end - kService.size());
    if (region.find('.') == std::string::npos) return region;
  }
  return "";
}

Handler aws_sts_handler(World& world) {
  return [&world](Request& request) {
    const std::string body = request.read_body(256 * 1024);
    HeaderList form = parse_form(request.query);
    for (auto& field : parse_form(body)) form.push_back(std::move(field));
    const std::string_view action = find_header(form, "Action");
    if (find_header(form, "Version") != kVersion) {
      return error(400, "InvalidAction", "Could not find operation for that version");
    }
    if (action == "GetCallerIdentity") return get_caller_identity(world, request, body);
    if (action == "AssumeRoleWithWebIdentity") return assume_role_with_web_identity(world, form);
    return error(400, "InvalidAction", "Could not find operation " + std::string(action));
  };
}

}  // namespace sandbox
