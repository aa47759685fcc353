#include "tests/sandbox/aws_metadata.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace sandbox {
namespace {

constexpr std::string_view kInstance = "i-0abcdef1234567890";
constexpr std::string_view kTask = "0f3c1d2e3b4a59687766554433221100";
constexpr std::string_view kPodSession = "eks-prod-web-0-2f1c7c52-6f0c-4d1e-9a34-0b8f6f1f7d11";
constexpr auto kReplaceAhead = std::chrono::minutes(5);

Response text(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "text/plain"}, {"Server", "EC2ws"}};
  response.body = std::move(body);
  return response;
}

Response json(int status, const nlohmann::json& body) {
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = body.dump();
  return response;
}

nlohmann::json credentials_json(const AwsCredentials& credentials) {
  return {{"AccessKeyId", credentials.access_key_id},
          {"SecretAccessKey", credentials.secret_access_key},
          {"Token", credentials.session_token},
          {"Expiration", format_rfc3339(credentials.expiration)}};
}

Response agent_error(std::string_view code, std::string_view message) {
  return json(400, {{"code", code}, {"message", message}, {"HTTPErrorCode", 400}});
}

bool starts_with(const std::string& text, std::string_view start) {
  return text.compare(0, start.size(), start) == 0;
}

}  // namespace

AwsMetadata::AwsMetadata(World& world) : world_(world) {}

Response AwsMetadata::imds(Request& request) {
  const std::lock_guard lock(mutex_);
  if (mode_ == ImdsMode::kDisabled) return text(403, "");
  if (request.method == "PUT") return put_token(request);
  if (request.method != "GET") return text(405, "");
  const std::string token(request.header("x-aws-ec2-metadata-token"));
  const bool insists = mode_ == ImdsMode::kRequired || mode_ == ImdsMode::kHopLimit;
  // v1 ignores the field only where v2 does not exist.
  const bool known = token.empty() ? !insists : session_tokens_.count(token) > 0;
  if (mode_ != ImdsMode::kV1Only && !known) return text(401, "");
  return get_imds(request.path);
}

Response AwsMetadata::put_token(const Request& request) {
  if (mode_ == ImdsMode::kV1Only || request.path != "/latest/api/token") return text(404, "");
  // A proxy that forwards blindly is what IMDSv2 defends against.
  if (request.header_count("x-forwarded-for") > 0) return text(403, "");
  const std::string_view ttl = request.header("x-aws-ec2-metadata-token-ttl-seconds");
  int seconds = 0;
  std::from_chars(ttl.data(), ttl.data() + ttl.size(), seconds);
  if (seconds < 1 || seconds > 21600) return text(400, "");
  if (mode_ == ImdsMode::kHopLimit) {
    Response silence;
    silence.raw = "";
    silence.after = After::kHang;
    return silence;
  }
  const std::string token = "AQAEA" + random_text(51);
  session_tokens_.insert(token);
  Response response = text(200, token);
  response.headers.emplace_back("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", ttl);
  return response;
}

Response AwsMetadata::get_imds(const std::string& path) {
  constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials";
  if (path == "/latest/meta-data/placement/availability-zone") return text(200, zone_);
  if (path == "/latest/meta-data/placement/region") return text(200, region_);
  if (path == "/latest/dynamic/instance-identity/document") {
    return json(200, {{"accountId", account_},
                      {"region", region_},
                      {"availabilityZone", zone_},
                      {"instanceId", kInstance}});
  }
  if (!starts_with(path, kRoles) || !instance_role_) return text(404, "");
  const std::string rest = path.substr(kRoles.size());
  if (rest.empty() || rest == "/") return text(200, *instance_role_);
  return rest == "/" + *instance_role_ ? imds_credentials(*instance_role_) : text(404, "");
}

Response AwsMetadata::imds_credentials(const std::string& role) {
  const std::string updated = format_rfc3339(world_.now());
  if (!role_assumable_) {
    return json(200, {{"Code", "AssumeRoleUnauthorizedAccess"},
                      {"Message",
                       "EC2 cannot assume the role " + role +
                           ". Please see documentation at https://docs.aws.amazon.com/IAM/latest/"
                           "UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-"
                           "doc."},
                      {"LastUpdated", updated}});
  }
  nlohmann::json body = credentials_json(credentials_for(role, std::string(kInstance)));
  body["Code"] = "Success";
  body["Type"] = "AWS-HMAC";
  body["LastUpdated"] = updated;
  return json(200, body);
}

Response AwsMetadata::container(Request& request) {
  const std::lock_guard lock(mutex_);
  if (request.method != "GET") return text(405, "");
  if (request.path == "/v1/credentials") {
    const std::string_view value = request.header("authorization");
    if (value.empty()) return text(400, "Service account token cannot be empty\n");
    if (value != pod_token_locked()) return text(400, "Service account token cannot be parsed\n");
    if (!pod_role_) return text(404, "(ResourceNotFoundException): No association found\n");
    nlohmann::json body = credentials_json(credentials_for(*pod_role_, std::string(kPodSession)));
    body["AccountId"] = account_;
    return json(200, body);
  }
  if (request.path == "/task" || request.path == "/v4/task") {
    return json(200, {{"Cluster", "default"},
                      {"TaskARN", "arn:aws:ecs:" + region_ + ":" + account_ + ":task/default/" +
                                      std::string(kTask)},
                      {"Family", "app"},
                      {"AvailabilityZone", zone_},
                      {"LaunchType", "FARGATE"}});
  }
  constexpr std::string_view kCredentials = "/v2/credentials";
  if (!starts_with(request.path, kCredentials)) return text(404, "404 page not found\n");
  if (request.path.size() <= kCredentials.size() + 1) {
    return agent_error("NoIdInRequest", "CredentialsV2Request: No Credential ID in the request");
  }
  if (!task_role_) {
    return agent_error("InvalidIdInRequest", "CredentialsV2Request: Credentials not found");
  }
  nlohmann::json body = credentials_json(credentials_for(*task_role_, std::string(kTask)));
  body["RoleArn"] = "arn:aws:iam::" + account_ + ":role/" + *task_role_;
  return json(200, body);
}

AwsCredentials AwsMetadata::credentials_for(const std::string& role, const std::string& session) {
  AwsCredentials& current = current_[role + "/" + session];
  // Short lives ordered by a test are halved instead, or each request would bring new keys.
  const auto ahead = std::min<std::chrono::seconds>(kReplaceAhead, credential_life_ / 2);
  const auto known = world_.find_credentials(current.access_key_id);
  if (!known || known->expiration - ahead <= world_.now()) {
    current = world_.assume_role(role, session, credential_life_, account_);
  }
  return current;
}

void AwsMetadata::set_mode(ImdsMode mode) {
  const std::lock_guard lock(mutex_);
  mode_ = mode;
}

void AwsMetadata::set_instance_role(std::optional<std::string> role) {
  const std::lock_guard lock(mutex_);
  instance_role_ = std::move(role);
}

void AwsMetadata::set_task_role(std::optional<std::string> role) {
  const std::lock_guard lock(mutex_);
  task_role_ = std::move(role);
}

void AwsMetadata::set_pod_role(std::optional<std::string> role) {
  const std::lock_guard lock(mutex_);
  pod_role_ = std::move(role);
}

void AwsMetadata::set_account(std::string account) {
  const std::lock_guard lock(mutex_);
  account_ = std::move(account);
  current_.clear();
}

void AwsMetadata::set_role_assumable(bool assumable) {
  const std::lock_guard lock(mutex_);
  role_assumable_ = assumable;
}

void AwsMetadata::set_place(std::string zone, std::string region) {
  const std::lock_guard lock(mutex_);
  zone_ = std::move(zone);
  region_ = std::move(region);
}

void AwsMetadata::set_credential_life(std::chrono::seconds life) {
  const std::lock_guard lock(mutex_);
  credential_life_ = life;
  current_.clear();
}

void AwsMetadata::rotate() {
  const std::lock_guard lock(mutex_);
  current_.clear();
}

void AwsMetadata::forget_session_tokens() {
  const std::lock_guard lock(mutex_);
  session_tokens_.clear();
}

std::string AwsMetadata::pod_token() {
  const std::lock_guard lock(mutex_);
  return pod_token_locked();
}

const std::string& AwsMetadata::pod_token_locked() {
  if (pod_token_.empty()) {
    pod_token_ = world_.make_ksa_token("default", "eks-access-to-gcp", "pods.eks.amazonaws.com");
  }
  return pod_token_;
}

}  // namespace sandbox
