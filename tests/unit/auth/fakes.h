// The world around auth/ in a box: canned HTTP answers, a clock that moves when told, an
// environment made of maps. Tests read: what is set, what is asked, what comes out.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/attempts.h"
#include "auth/context.h"
#include "auth/expiry.h"
#include "auth/token.h"
#include "base/text.h"
#include "tests/support/run_task.h"

namespace wif::auth {

using namespace std::chrono_literals;

inline nlohmann::json vectors(const std::string& name) {
  std::ifstream file(std::string(WIF_VECTORS_DIR) + "/" + name);
  return nlohmann::json::parse(file);
}

class FakeClock : public Clock {
 public:
  SteadyTime now() const override { return steady; }
  SystemTime wall() const override { return system; }
  void advance(std::chrono::nanoseconds duration) {
    steady += duration;
    system += std::chrono::duration_cast<SystemTime::duration>(duration);
  }

  SteadyTime steady{1000s};
  SystemTime system = *parse_timestamp("2024-01-01T00:00:00Z");
};

class FakeEnvironment : public Environment {
 public:
  std::string get(const std::string& name) const override {
    const auto entry = variables.find(name);
    return entry == variables.end() ? std::string() : entry->second;
  }
  Result<std::string, FileError> read_file(const std::string& path,
                                           std::size_t max_bytes) const override {
    ++reads;
    const auto entry = files.find(path);
    if (entry == files.end()) return FileError(ENOENT, path + ": No such file or directory");
    if (entry->second.size() > max_bytes) return FileError(0, path + ": larger than allowed");
    return entry->second;
  }
  std::optional<FileStamp> stamp(const std::string& path) const override {
    const auto entry = files.find(path);
    if (entry == files.end()) return std::nullopt;
    FileStamp stamp;
    stamp.inode = std::hash<std::string>()(entry->second);
    return stamp;
  }

  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> files;
  mutable int reads = 0;
};

// What a server does with a request.
using Answer = std::function<FetchResult(const http::FetchRequest&)>;

inline Answer respond(int status, std::string body,
                      std::vector<std::pair<std::string, std::string>> headers = {}) {
  return [=](const http::FetchRequest&) {
    http::FetchResponse response;
    response.status = status;
    response.body = body;
    response.headers = headers;
    return FetchResult(std::move(response));
  };
}

inline Answer fail(http::FetchError::Stage stage, bool connected = false) {
  return [=](const http::FetchRequest&) {
    http::FetchError error(stage, "it did not work");
    error.connected = connected;
    return FetchResult(std::move(error));
  };
}
inline Answer silence() { return fail(http::FetchError::Stage::kTimeout, true); }
inline Answer refuse_connection() { return fail(http::FetchError::Stage::kConnect); }

class World {
 public:
  World()
      : fetch([this](http::FetchRequest request) { return answer(std::move(request)); }),
        context(
            fetch, [this](std::chrono::nanoseconds pause) { return sleep(pause); }, clock,
            environment, [] { return 0.5; }, imds) {
    context.on_step = [this](Step step, std::string_view result, std::chrono::nanoseconds) {
      steps.push_back(std::string(name_of(step)) + ":" + std::string(result));
    };
  }

  // "GET http://host/path" -> answers in order; the last one is repeated.
  void on(const std::string& request, Answer answer) {
    rules_[request].push_back(std::move(answer));
  }
  void replace(const std::string& request, Answer answer) { rules_[request] = {std::move(answer)}; }

  std::size_t count(const std::string& request) const {
    std::size_t found = 0;
    for (const auto& sent : requests) found += sent.method + " " + sent.url == request;
    return found;
  }
  // Value of a header of a request that was sent, "(none)" where it is not there.
  static std::string header(const http::FetchRequest& request, const std::string& name) {
    for (const auto& [field, value] : request.headers) {
      if (iequals(field, name)) return value;
    }
    return "(none)";
  }

  FakeClock clock;
  FakeEnvironment environment;
  config::ImdsOptions imds;
  http::Fetch fetch;
  Context context;
  std::vector<http::FetchRequest> requests;
  std::vector<std::chrono::nanoseconds> pauses;
  std::vector<std::string> steps;

 private:
  Task<FetchResult> answer(http::FetchRequest request) {
    const std::string key = request.method + " " + request.url;
    requests.push_back(request);
    FetchResult result = FetchResult(
        http::FetchError(http::FetchError::Stage::kConnect, "connection refused: " + key));
    auto& answers = rules_[key];
    const std::size_t used = used_[key]++;
    if (!answers.empty()) result = answers[std::min(used, answers.size() - 1)](request);
    if (result) {
      result->sent_at = clock.now();
      result->received_at = clock.wall();
    }
    co_return result;
  }
  Task<> sleep(std::chrono::nanoseconds pause) {
    pauses.push_back(pause);
    clock.advance(pause);
    co_return;
  }

  std::map<std::string, std::vector<Answer>> rules_;
  std::map<std::string, std::size_t> used_;
};

inline const std::string kAudience =
    "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/bq-pool/"
    "providers/aws-provider";
inline const std::string kEmail = "access-from-aws@foo-project.iam.gserviceaccount.com";
inline const std::string kStsRequest = "POST https://sts.googleapis.com/v1/token";
inline const std::string kImpersonationUrl =
    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" + kEmail +
    ":generateAccessToken";
inline const std::string kImpersonationRequest = "POST " + kImpersonationUrl;
inline const std::string kImdsToken = "PUT http://169.254.169.254/latest/api/token";
inline const std::string kImdsRoles =
    "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/";

// ec2-imdsv2.json of the vectors, as the loader gives it.
inline config::Identity aws_identity() {
  config::Identity identity;
  identity.name = "default";
  config::ExternalAccount account;
  account.audience = kAudience;
  account.subject_token_type = "urn:ietf:params:aws:token-type:aws4_request";
  account.token_url = "https://sts.googleapis.com/v1/token";
  account.impersonation_url = kImpersonationUrl;
  account.service_account_email = kEmail;
  account.regional_cred_verification_url =
      "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";
  account.region_url = "http://169.254.169.254/latest/meta-data/placement/availability-zone";
  account.security_credentials_url =
      "http://169.254.169.254/latest/meta-data/iam/security-credentials";
  identity.account = std::move(account);
  return identity;
}

// eks-oidc-file.json
inline config::Identity oidc_identity() {
  config::Identity identity = aws_identity();
  identity.account->source = config::ExternalAccount::SourceKind::kFile;
  identity.account->subject_token_type = "urn:ietf:params:oauth:token-type:jwt";
  identity.account->file = "/token";
  return identity;
}

inline const std::string kKeysJson =
    R"({"Code":"Success","RoleArn":"arn:aws:iam::123456789012:role/ecs-task-role",)"
    R"("AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",)"
    R"("Token":"session-token","Expiration":"2024-01-01T06:00:00Z"})";
inline const std::string kFederatedJson =
    R"({"access_token":"federated-token","issued_token_type":)"
    R"("urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3599})";
inline const std::string kAccessJson =
    R"({"accessToken":"ya29.c.access-token","expireTime":"2024-01-01T01:00:00Z"})";
inline const std::string kMidnight = "Mon, 01 Jan 2024 00:00:00 GMT";

// An unsigned JWT with these claims.
inline std::string jwt(const std::string& claims) {
  std::string payload = base64_encode(claims);
  for (char& c : payload) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (!payload.empty() && payload.back() == '=') payload.pop_back();
  return "eyJhbGciOiJSUzI1NiJ9." + payload + ".c2lnbmF0dXJl";
}

}  // namespace wif::auth
