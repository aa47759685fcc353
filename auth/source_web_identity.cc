// What the EKS pod identity webhook sets up for IRSA: AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE.
#include <algorithm>
#include <array>
#include <utility>

#include "auth/attempts.h"
#include "auth/expiry.h"
#include "auth/region.h"
#include "auth/web_identity.h"
#include "auth/xml.h"
#include "base/text.h"

namespace wif::auth {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxTokenBytes = 1u << 20;
// Short on purpose: with Google's default mapping the whole ARN, session name included, has to fit
// into 127 bytes, and botocore's own default already breaks that with long role names.
constexpr std::string_view kSessionName = "wif-proxy";

// Regions that existed before regional endpoints became the rule ("AWS STS Regional endpoints", AWS
// SDKs and Tools Reference Guide).
constexpr std::array kLegacyRegions{
    "ap-northeast-1"sv, "ap-south-1"sv, "ap-southeast-1"sv, "ap-southeast-2"sv, "ca-central-1"sv,
    "eu-central-1"sv,   "eu-north-1"sv, "eu-west-1"sv,      "eu-west-2"sv,      "eu-west-3"sv,
    "sa-east-1"sv,      "us-east-1"sv,  "us-east-2"sv,      "us-west-1"sv,      "us-west-2"sv};

bool is_session_name(std::string_view name) {
  constexpr std::string_view kAllowed = "_+=,.@-";
  return name.size() >= 2 && name.size() <= 64 &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           const char lower = ascii_lower(c);
           return is_digit(c) || (lower >= 'a' && lower <= 'z') ||
                  kAllowed.find(c) != std::string_view::npos;
         });
}

std::string form(const WebIdentity& identity, std::string_view token) {
  std::string body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=";
  body += percent_encode(identity.role_arn);
  body += "&RoleSessionName=" + percent_encode(identity.session_name);
  body += "&WebIdentityToken=" + percent_encode(token);
  return body;
}

Result<AwsCredentials, Failure> read_answer(std::string& body) {
  auto xml = read_xml(body);
  wipe(body);
  const auto take = [&](std::string_view name) {
    if (!xml) return std::string();
    const auto found =
        xml->find("AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/Credentials/" +
                  std::string(name));
    return found == xml->end() ? std::string() : std::move(found->second);
  };
  AwsCredentials credentials;
  credentials.access_key_id = take("AccessKeyId");
  credentials.secret_access_key = Secret(take("SecretAccessKey"));
  credentials.session_token = Secret(take("SessionToken"));
  credentials.expires = parse_timestamp(take("Expiration"));
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return local_failure(Step::kAws, "unexpected_answer",
                         "AWS STS answered 200 without credentials");
  }
  return credentials;
}

}  // namespace

std::string aws_sts_endpoint(const Environment& environment, std::string_view region) {
  std::string endpoint = environment.get("AWS_ENDPOINT_URL_STS");
  while (!endpoint.empty() && endpoint.back() == '/') endpoint.pop_back();
  if (!endpoint.empty()) return endpoint;
  const bool legacy =
      iequals(environment.get("AWS_STS_REGIONAL_ENDPOINTS"), "legacy") &&
      std::find(kLegacyRegions.begin(), kLegacyRegions.end(), region) != kLegacyRegions.end();
  if (region.empty() || legacy) return "https://sts.amazonaws.com";
  const bool china = region.substr(0, 3) == "cn-";
  return "https://sts." + std::string(region) + ".amazonaws.com" + (china ? ".cn" : "");
}

Task<Result<AwsCredentials, Failure>> assume_role(SourceInput& input, WebIdentity identity) {
  const Context& context = input.context;
  if (identity.session_name.empty()) identity.session_name = kSessionName;
  if (!is_session_name(identity.session_name)) {
    co_return local_failure(
        Step::kAws, "aws_credentials_incomplete",
        "AWS_ROLE_SESSION_NAME must be 2 to 64 characters of [A-Za-z0-9_+=,.@-]");
  }
  auto file = context.environment.read_file(identity.token_file, kMaxTokenBytes);
  if (!file) co_return local_failure(Step::kAws, "token_file_unreadable", file.error().what);
  const Secret token(trim(*file));
  wipe(*file);
  if (token.empty()) {
    co_return local_failure(Step::kAws, "token_file_unreadable", identity.token_file + ": empty");
  }
  input.caller.arn = identity.role_arn;
  input.caller.claims = decode_jwt(token.reveal());

  const std::string endpoint = aws_sts_endpoint(context.environment, identity.region);
  const MakeRequest make_request = [&] {
    http::FetchRequest request("POST", endpoint + "/");
    request.headers.emplace_back("Content-Type",
                                 "application/x-www-form-urlencoded; charset=utf-8");
    request.headers.emplace_back("Accept", "text/xml");
    request.body = form(identity, token.reveal());
    request.max_body_bytes = context.max_sts_body_bytes;
    return request;
  };
  auto answer = co_await fetch_with_pauses(context, assume_role_pauses(), make_request);
  if (!answer) co_return no_answer(Exchange::kAssumeRole, answer.error());
  if (answer->status != 200) {
    co_return classify(Exchange::kAssumeRole, answer->status, answer->body);
  }
  auto credentials = read_answer(answer->body);
  if (credentials) credentials->origin = "web_identity:" + identity.role_arn;
  co_return credentials;
}

bool web_identity_present(const Environment& environment) {
  return !environment.get("AWS_WEB_IDENTITY_TOKEN_FILE").empty();
}

Task<Result<AwsCredentials, Failure>> load_from_web_identity(SourceInput& input) {
  const Environment& environment = input.context.environment;
  WebIdentity identity(environment.get("AWS_ROLE_ARN"),
                       environment.get("AWS_WEB_IDENTITY_TOKEN_FILE"));
  if (identity.token_file.empty()) {
    co_return local_failure(Step::kAws, "aws_credentials_incomplete",
                            "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
  }
  if (identity.role_arn.empty()) {
    co_return local_failure(Step::kAws, "irsa_role_arn_missing", "AWS_ROLE_ARN is not set");
  }
  identity.session_name = environment.get("AWS_ROLE_SESSION_NAME");
  identity.region = region_from_settings(input.identity, environment).name;
  auto credentials = co_await assume_role(input, std::move(identity));
  co_return credentials;
}

}  // namespace wif::auth
