// What an AWS workload finds on link-local addresses: the instance metadata service (IMDS), the ECS
// agent's credentials and task metadata, and the EKS Pod Identity agent.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "tests/sandbox/http.h"
#include "tests/sandbox/world.h"

namespace sandbox {

enum class ImdsMode {
  kOptional,  // v1 and v2
  kV1Only,    // PUT is unknown
  kRequired,  // 401 without a token
  kDisabled,  // 403 everywhere
  kHopLimit,  // PUT is accepted and never answered, v1 gets 401
};

// Thread-safe; what it hands out can be changed while it serves.
class AwsMetadata {
 public:
  explicit AwsMetadata(World& world);

  // Answers under /latest.
  Response imds(Request& request);
  // /v2/credentials/<id> and /task as on ECS, /v1/credentials as the EKS Pod Identity agent.
  Response container(Request& request);

  void set_mode(ImdsMode mode);
  // Role of the instance, of the task and of the pod; nullopt = none.
  void set_instance_role(std::optional<std::string> role);
  void set_task_role(std::optional<std::string> role);
  void set_pod_role(std::optional<std::string> role);
  // The account that the roles belong to.
  void set_account(std::string account);
  // False: EC2 is not allowed to take the role, which IMDS tells with status 200.
  void set_role_assumable(bool assumable);
  // An availability zone and its region.
  void set_place(std::string zone, std::string region);
  // Life of credentials handed out from now on. Those of before are replaced.
  void set_credential_life(std::chrono::seconds life);
  // New credentials at the next request.
  void rotate();
  // IMDSv2 session tokens of before get 401.
  void forget_session_tokens();
  // The value that Pod Identity wants as Authorization.
  std::string pod_token();

 private:
  const std::string& pod_token_locked();
  Response put_token(const Request& request);
  Response get_imds(const std::string& path);
  Response imds_credentials(const std::string& role);
  AwsCredentials credentials_for(const std::string& role, const std::string& session);

  World& world_;
  mutable std::mutex mutex_;  // guards all below
  std::string pod_token_;
  ImdsMode mode_ = ImdsMode::kOptional;
  std::string account_ = std::string(kAccount);
  std::optional<std::string> instance_role_ = "access2bq";
  std::optional<std::string> task_role_ = "ecs-task-role";
  std::optional<std::string> pod_role_ = "access2bq";
  bool role_assumable_ = true;
  std::string zone_ = "us-east-2b";
  std::string region_ = "us-east-2";
  std::chrono::seconds credential_life_ = std::chrono::hours(6);
  std::set<std::string> session_tokens_;
  std::map<std::string, AwsCredentials> current_;  // by role and session
};

}  // namespace sandbox
