#include "tests/sandbox/google_sts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/sandbox/aws_sts.h"

namespace sandbox {
namespace {

using nlohmann::json;

constexpr std::string_view kAccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
constexpr std::string_view kExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kAwsTokenType = "urn:ietf:params:aws:token-type:aws4_request";
constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::size_t kSubjectLimit = 127;

// What the OAuth error says; thrown where it is found.
struct Refusal {
  std::string error;
  std::string description;
};

Response json_answer(int status, const json& body) {
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json; charset=UTF-8"},
                      {"Cache-Control", "private"}};
  response.body = body.dump();
  return response;
}

[[noreturn]] void refuse_shape() {
  throw Refusal{"invalid_request", "AWS request has invalid format."};
}

std::string string_at(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) refuse_shape();
  return found->get<std::string>();
}

// The serialized request of the subject token as if it had arrived at AWS. `host` is the URL's.
SignedRequest request_of(const json& token, std::string& host) {
  if (!token.is_object() || token.size() != 3) refuse_shape();
  const std::string url = string_at(token, "url");
  constexpr std::string_view kScheme = "https://";
  if (url.compare(0, kScheme.size(), kScheme) != 0) refuse_shape();
  const std::size_t mark = url.find('?');
  const std::size_t slash = std::min(url.find('/', kScheme.size()), mark);
  if (mark == std::string::npos) refuse_shape();
  SignedRequest request;
  request.method = string_at(token, "method");
  host = url.substr(kScheme.size(), slash - kScheme.size());
  request.path = url.substr(slash, mark - slash);
  request.query = url.substr(mark + 1);
  request.body_sha256 = kEmptySha256;
  const auto headers = token.find("headers");
  if (headers == token.end() || !headers->is_array()) refuse_shape();
  for (const json& header : *headers) {
    if (!header.is_object() || header.size() != 2) refuse_shape();
    request.headers.emplace_back(string_at(header, "key"), string_at(header, "value"));
  }
  return request;
}

// Exactly the fields that GetCallerIdentity needs, each once.
bool has_expected_headers(const SignedRequest& request) {
  std::vector<std::string> names;
  for (const auto& field : request.headers) {
    std::string name = field.first;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  const std::vector<std::string> plain = {"authorization", "host", "x-amz-date",
                                          "x-goog-cloud-target-resource"};
  const std::vector<std::string> with_session = {"authorization", "host", "x-amz-date",
                                                 "x-amz-security-token",
                                                 "x-goog-cloud-target-resource"};
  return names == plain || names == with_session;
}

// The serialized request must be a GetCallerIdentity meant for this provider and no other; an
// unsigned target would let a thief redirect it.
void check_shape(const SignedRequest& request, const std::string& host,
                 const std::string& audience) {
  const auto authorization = parse_sigv4(find_header(request.headers, "authorization"));
  const bool good = request.method == "POST" && (request.path.empty() || request.path == "/") &&
                    request.query == "Action=GetCallerIdentity&Version=2011-06-15" &&
                    has_expected_headers(request) && !region_of_sts_host(host).empty() &&
                    find_header(request.headers, "host") == host &&
                    find_header(request.headers, "x-goog-cloud-target-resource") == audience &&
                    authorization && authorization->signs("x-goog-cloud-target-resource");
  if (!good) refuse_shape();
}

Principal aws_principal(const AwsCredentials& signer, const Provider& provider) {
  if (signer.account != provider.aws_account) {
    throw Refusal{"unauthorized_client",
                  "The given credential is rejected by the attribute condition."};
  }
  Principal principal;
  principal.subject = signer.arn();
  principal.members = {aws_role_member(signer.role, signer.account)};
  return principal;
}

Principal exchange_aws(World& world, const std::string& audience, const Provider& provider,
                       const std::string& subject_token) {
  const json token = json::parse(percent_decode(subject_token), nullptr, false);
  if (token.is_discarded()) {
    throw Refusal{"invalid_request",
                  "Invalid format of AWS credentials:Error at line 0:0: Unexpected end of stream : "
                  "expected '{'"};
  }
  std::string host;
  const SignedRequest request = request_of(token, host);
  check_shape(request, host, audience);
  const SigV4Verdict verdict = check_sigv4(
      request, region_of_sts_host(host), "sts",
      [&](std::string_view id) { return world.find_credentials(id); }, world.now());
  if (!verdict.signer) {
    throw Refusal{"invalid_grant", "Received invalid AWS response of type 403 with content: " +
                                       aws_error_xml(verdict.error_code, verdict.error_message)};
  }
  return aws_principal(*verdict.signer, provider);
}

std::vector<std::string> audiences_of(const json& claims) {
  const json value = claims.value("aud", json());
  if (value.is_string()) return {value.get<std::string>()};
  std::vector<std::string> out;
  for (const json& item : value) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

void check_audience(const json& claims, const std::string& audience, const Provider& provider) {
  const std::string own_name = "https:" + audience;
  const std::vector<std::string> given = audiences_of(claims);
  const std::vector<std::string> allowed = provider.allowed_audiences.empty()
                                               ? std::vector<std::string>{own_name}
                                               : provider.allowed_audiences;
  for (const std::string& item : given) {
    if (std::find(allowed.begin(), allowed.end(), item) != allowed.end()) return;
  }
  const std::string expected = provider.allowed_audiences.empty() ? " " + own_name : "";
  throw Refusal{"invalid_grant", "The audience in ID Token [" +
                                     (given.empty() ? std::string() : given.front()) +
                                     "] does not match the expected audience" + expected + "."};
}

// principal attributes of the article's mapping: ksa_name is NAMESPACE:NAME of the subject.
Principal oidc_principal(const std::string& subject) {
  constexpr std::string_view kStart = "system:serviceaccount:";
  if (subject.empty()) {
    throw Refusal{"unauthorized_client",
                  "Could not obtain a value for google.subject from the given credential."};
  }
  Principal principal;
  principal.subject = subject;
  if (subject.compare(0, kStart.size(), kStart) == 0) {
    principal.members = {ksa_member(subject.substr(kStart.size()))};
  }
  return principal;
}

Principal exchange_oidc(World& world, const std::string& audience, const Provider& provider,
                        const std::string& token) {
  const auto unverified = unverified_jwt_claims(token);
  if (!unverified) throw Refusal{"invalid_request", "Unable to parse the ID Token."};
  const json claims = json::parse(*unverified);
  if (claims.value("iss", "") != provider.issuer) {
    throw Refusal{"invalid_grant", "The issuer in ID Token " + claims.value("iss", "") +
                                       " does not match the expected ones: " + provider.issuer};
  }
  if (!provider.issuer_reachable) {
    throw Refusal{"invalid_grant", "Error connecting to the given credential's issuer."};
  }
  if (!world.verify_issuer_token(token)) {
    throw Refusal{"invalid_grant", "Invalid JWT signature."};
  }
  const long long now = unix_seconds(world.now());
  const long long issued = claims.value("iat", 0LL);
  constexpr long long kOldest = 24 * 60 * 60;
  if (claims.value("exp", 0LL) <= now || issued < now - kOldest || issued > now + 600) {
    throw Refusal{"invalid_grant",
                  "ID Token issued at " + std::to_string(issued) + " is stale to sign-in."};
  }
  check_audience(claims, audience, provider);
  return oidc_principal(claims.value("sub", ""));
}

// The value of a field that must be there exactly once.
std::string field(const HeaderList& form, std::string_view name) {
  const auto count =
      std::count_if(form.begin(), form.end(), [&](const auto& item) { return item.first == name; });
  if (count == 1) return std::string(find_header(form, name));
  throw Refusal{"invalid_request", "Invalid value for \"" + std::string(name) + "\"."};
}

Provider provider_for(World& world, const std::string& audience) {
  constexpr std::string_view kStart = "//iam.googleapis.com/projects/";
  const bool numbered = audience.compare(0, kStart.size(), kStart) == 0 &&
                        audience.size() > kStart.size() && audience[kStart.size()] >= '0' &&
                        audience[kStart.size()] <= '9' &&
                        audience.find("/providers/") != std::string::npos;
  if (!numbered) {
    throw Refusal{"invalid_request",
                  "Invalid value for \"audience\". This value should be the full resource name of "
                  "the Identity Provider. See "
                  "https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the "
                  "list of possible formats."};
  }
  const auto provider = world.find_provider(audience);
  if (provider && provider->enabled) return *provider;
  throw Refusal{
      "invalid_target",
      "The target service indicated by the \"audience\" parameters is invalid. This might "
      "either be because the pool or provider is disabled or deleted or because it "
      "doesn't exist."};
}

std::vector<std::string> split_scopes(const std::string& text) {
  std::vector<std::string> scopes;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    if (end > start) scopes.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  if (scopes.empty()) throw Refusal{"invalid_scope", "Invalid value for \"scope\"."};
  return scopes;
}

Response exchange(World& world, const HeaderList& form) {
  if (field(form, "grant_type") != kExchange) {
    throw Refusal{"unsupported_grant_type", "Invalid value for \"grant_type\"."};
  }
  if (field(form, "requested_token_type") != kAccessTokenType) {
    throw Refusal{"invalid_request", "Invalid value for \"requested_token_type\"."};
  }
  const std::string audience = field(form, "audience");
  const Provider provider = provider_for(world, audience);
  const std::vector<std::string> scopes = split_scopes(field(form, "scope"));
  const std::string type = field(form, "subject_token_type");
  const std::string token = field(form, "subject_token");
  const bool aws = type == kAwsTokenType;
  if (aws == provider.aws_account.empty() ||
      (!aws && type != "urn:ietf:params:oauth:token-type:jwt" &&
       type != "urn:ietf:params:oauth:token-type:id_token")) {
    throw Refusal{"invalid_request", "Invalid value for \"subject_token_type\"."};
  }
  Principal principal = aws ? exchange_aws(world, audience, provider, token)
                            : exchange_oidc(world, audience, provider, token);
  if (principal.subject.size() > kSubjectLimit) {
    throw Refusal{"invalid_request",
                  "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either "
                  "modify your attribute mapping or the incoming assertion to produce a mapped "
                  "attribute that is less than 127 bytes."};
  }
  const std::chrono::seconds life = world.token_life();
  principal.scopes = scopes;
  principal.expires = world.now() + life;
  return json_answer(200, {{"access_token", world.issue_federated_token(std::move(principal))},
                           {"issued_token_type", kAccessTokenType},
                           {"token_type", "Bearer"},
                           {"expires_in", life.count()}});
}

Response introspect(World& world, const HeaderList& form) {
  const auto principal = world.check_bearer("Bearer " + field(form, "token"));
  if (!principal) return json_answer(200, {{"active", false}});
  return json_answer(200, {{"active", true},
                           {"username", principal->subject},
                           {"exp", unix_seconds(principal->expires)}});
}

}  // namespace

Handler google_sts_handler(World& world) {
  return [&world](Request& request) {
    try {
      const HeaderList form = parse_form(request.read_body(1 << 20));
      if (request.method != "POST") return json_answer(404, {{"error", "not_found"}});
      constexpr std::string_view kForm = "application/x-www-form-urlencoded";
      if (request.header("content-type").substr(0, kForm.size()) != kForm) {
        throw Refusal{"invalid_request", "Unsupported content type."};
      }
      if (request.path == "/v1/token") return exchange(world, form);
      if (request.path == "/v1/introspect") return introspect(world, form);
      return json_answer(404, {{"error", "not_found"}});
    } catch (const Refusal& refusal) {
      return json_answer(400,
                         {{"error", refusal.error}, {"error_description", refusal.description}});
    }
  };
}

}  // namespace sandbox
