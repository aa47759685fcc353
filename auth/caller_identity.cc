#include "auth/caller_identity.h"

#include <chrono>
#include <utility>

#include "auth/expiry.h"
#include "auth/sigv4.h"
#include "auth/url.h"
#include "auth/web_identity.h"
#include "auth/xml.h"

namespace wif::auth {
namespace {

constexpr std::string_view kQuery = "Action=GetCallerIdentity&Version=2011-06-15";

http::FetchRequest make_request(const Context& context, const AwsCredentials& credentials,
                                const std::string& region, SystemTime time) {
  const std::string endpoint = aws_sts_endpoint(context.environment, region);
  const Url parts = parse_url(endpoint).value_or(Url{});
  SignableRequest signable;
  signable.method = "POST";
  signable.query = kQuery;
  // The port belongs to the Host that is sent, so it is signed too.
  const std::string host = parts.origin().substr(parts.scheme.size() + 3);
  signable.headers = {{"host", host}, {"x-amz-date", amz_date(time)}};
  if (!credentials.session_token.empty()) {
    signable.headers.emplace_back("x-amz-security-token", credentials.session_token.reveal());
  }
  const bool global = parts.host == "sts.amazonaws.com";
  const SigningScope scope{global ? "us-east-1" : region, "sts"};
  Signature signature = sign(signable, credentials, scope, time);
  wipe(signature.canonical_request);
  http::FetchRequest request("POST", endpoint + "/?" + std::string(kQuery));
  request.headers.assign(signable.headers.begin() + 1, signable.headers.end());  // without Host
  request.headers.emplace_back("Authorization", std::move(signature.authorization));
  request.max_body_bytes = context.max_sts_body_bytes;
  request.timeout = std::chrono::milliseconds(5000);
  return request;
}

}  // namespace

Task<Result<std::string, Failure>> caller_identity(const Context& context,
                                                   const AwsCredentials& credentials,
                                                   std::string region, ClockOffset& clock_offset) {
  const SystemTime time = clock_offset.corrected(context.clock.wall());
  http::FetchRequest request = make_request(context, credentials, region, time);
  auto answer = co_await context.fetch(std::move(request));
  if (!answer) co_return no_answer(Exchange::kAwsSts, answer.error());
  clock_offset.learn(*answer);
  if (answer->status != 200) co_return classify(Exchange::kAwsSts, answer->status, answer->body);
  const auto xml = read_xml(answer->body);
  const auto arn = xml ? xml->find("GetCallerIdentityResponse/GetCallerIdentityResult/Arn")
                       : XmlTexts::const_iterator();
  if (!xml || arn == xml->end()) {
    co_return local_failure(Step::kAws, "unexpected_answer", "AWS STS answered 200 without an ARN");
  }
  co_return arn->second;
}

}  // namespace wif::auth
