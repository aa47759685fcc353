#include "tests/support/secrets.h"

#include <utility>
#include <vector>

#include "tests/support/json.h"

namespace wif::test {
namespace {

using Secrets = std::vector<std::pair<std::string, std::string>>;  // name, value

sandbox::Request get(const std::string& path) {
  sandbox::Request request;
  request.method = "GET";
  request.target = request.path = path;
  request.body = [](char*, std::size_t) { return std::size_t{0}; };
  return request;
}

void add_credentials(Secrets& secrets, const std::string& where, const std::string& json) {
  secrets.emplace_back("secret key of the " + where, json_at(json, "/SecretAccessKey"));
  secrets.emplace_back("session token of the " + where, json_at(json, "/Token"));
}

// Asked behind the HTTP servers, so that tests which count requests see none of it.
Secrets metadata_secrets(sandbox::AwsMetadata& metadata) {
  Secrets secrets;
  sandbox::Request put = get("/latest/api/token");
  put.method = "PUT";
  put.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "60"}};
  const std::string session = metadata.imds(put).body;
  const std::string roles = "/latest/meta-data/iam/security-credentials/";
  const auto ask = [&](const std::string& path) {
    sandbox::Request request = get(path);
    request.headers = {{"X-aws-ec2-metadata-token", session}};
    return metadata.imds(request).body;
  };
  add_credentials(secrets, "instance", ask(roles + ask(roles)));
  sandbox::Request task = get("/v2/credentials/task");
  add_credentials(secrets, "task", metadata.container(task).body);
  sandbox::Request pod = get("/v1/credentials");
  pod.headers = {{"Authorization", metadata.pod_token()}};
  add_credentials(secrets, "pod", metadata.container(pod).body);
  return secrets;
}

}  // namespace

std::string find_secret(sandbox::Cloud& cloud, const Environment& proxy_environment,
                        std::string_view bytes) {
  const auto tokens = cloud.world().tokens_in(bytes);
  if (!tokens.empty()) return "Google token " + std::to_string(*tokens.begin());
  // Every JWT begins so: {"alg": in base64.
  if (bytes.find("eyJhbGciOi") != std::string_view::npos) return "a JWT";
  Secrets secrets = metadata_secrets(cloud.metadata());
  for (const char* name :
       {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"}) {
    const auto found = proxy_environment.find(name);
    if (found != proxy_environment.end()) secrets.emplace_back(name, found->second);
  }
  for (const auto& [name, value] : secrets) {
    if (value.size() >= 16 && bytes.find(value) != std::string_view::npos) return name;
  }
  return "";
}

}  // namespace wif::test
