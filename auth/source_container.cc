// Amazon ECS task roles and EKS Pod Identity: an agent beside the container hands out credentials.
// Sources: "Amazon ECS task IAM role" (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI), "EKS Pod Identity"
// and "Container credential provider" of the AWS SDKs and Tools Reference Guide.
#include <algorithm>
#include <chrono>
#include <utility>

#include "auth/attempts.h"
#include "auth/container_uri.h"
#include "auth/json_reader.h"
#include "auth/source.h"
#include "auth/url.h"
#include "base/text.h"

namespace wif::auth {
namespace {

using std::chrono::seconds;

constexpr std::string_view kEcsAgent = "169.254.170.2";
constexpr std::size_t kMaxAuthorizationBytes = 64u << 10;
// At the start of a task the agent may answer 5xx until it has the credentials itself.
constexpr seconds kStartPatience{15};

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

// Where the credentials are asked and what for.
struct Target {
  std::string url;
  Secret authorization;  // value of the header, or empty
};

Result<Secret, Failure> read_authorization(const Environment& environment) {
  std::string value;
  const std::string path = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (path.empty()) {
    value = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  } else {
    auto file = environment.read_file(path, kMaxAuthorizationBytes);
    if (!file) return local_failure(Step::kAws, "token_file_unreadable", file.error().what);
    value = *std::move(file);
  }
  while (!value.empty() && trim(value.substr(value.size() - 1)).empty()) value.pop_back();
  if (value.find_first_of("\r\n") != std::string::npos) {
    wipe(value);
    return local_failure(Step::kAws, "container_uri_refused",
                         "the container's authorization token has a line break inside");
  }
  return Secret(std::move(value));
}

Result<Target, Failure> find_target(const Environment& environment) {
  const std::string relative = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string full = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty()) {
    return local_failure(Step::kAws, "ecs_task_role_missing",
                         "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set");
  }
  const auto url =
      relative.empty() ? container_url_from_full(full) : container_url_from_relative(relative);
  if (!url) {
    return local_failure(Step::kAws, "container_uri_refused",
                         relative.empty() ? "AWS_CONTAINER_CREDENTIALS_FULL_URI=" + full
                                          : "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=" + relative);
  }
  TRY(Secret authorization, read_authorization(environment));
  return Target{*url, std::move(authorization)};
}

Failure judge(const http::FetchResponse& answer, std::string_view host) {
  Failure failure = classify(Exchange::kContainer, answer.status, answer.body);
  // The agents of ECS and EKS mean different things by the same status.
  if (host == kEcsAgent && failure.code == "pod_identity_association_missing") {
    const std::string message = failure.message;
    failure = local_failure(Step::kAws, "ecs_task_role_missing", message);
    failure.status = answer.status;
  }
  return failure;
}

Task<FetchResult> ask(const SourceInput& input, const Target& target) {
  const Context& context = input.context;
  const MakeRequest make_request = [&] {
    auto request = metadata_request(context, "GET", target.url);
    request.headers.front().second = "application/json";
    if (!target.authorization.empty()) {
      request.headers.emplace_back("Authorization", target.authorization.reveal());
    }
    return request;
  };
  const SteadyTime patience_end = context.clock.now() + kStartPatience;
  for (;;) {
    auto answer = co_await fetch_with_pauses(context, metadata_pauses(), make_request);
    const bool not_yet = answer && answer->status >= 500 && input.first_load;
    if (!not_yet || context.clock.now() >= patience_end) co_return answer;
    co_await context.sleep(seconds(1));
  }
}

}  // namespace

std::optional<std::string> container_url_from_relative(std::string_view value) {
  if (value.empty() || value.front() != '/') return std::nullopt;
  if (!std::all_of(value.begin(), value.end(), is_visible)) return std::nullopt;
  return "http://" + std::string(kEcsAgent) + std::string(value);
}

std::optional<std::string> container_url_from_full(std::string_view value) {
  if (!std::all_of(value.begin(), value.end(), is_visible)) return std::nullopt;
  auto url = parse_url(value);
  if (!url || kind_of_host(url->host) == HostKind::kAmbiguous) return std::nullopt;
  if (url->scheme == "https") return std::string(value);
  if (iequals(url->host, "localhost")) {
    url->host = "127.0.0.1";
    return url->origin() + url->path + (url->query.empty() ? "" : "?" + url->query);
  }
  const bool agent = same_address(url->host, kEcsAgent) ||
                     same_address(url->host, "169.254.170.23") ||
                     same_address(url->host, "fd00:ec2::23");
  if (!agent && !is_loopback_address(url->host)) return std::nullopt;
  return std::string(value);
}

bool container_present(const Environment& environment) {
  return !environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").empty() ||
         !environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI").empty();
}

Task<Result<AwsCredentials, Failure>> load_from_container(SourceInput& input) {
  CO_TRY(const Target target, find_target(input.context.environment));
  const auto url = parse_url(target.url);
  const std::string host = url ? url->host : std::string();
  auto answer = co_await ask(input, target);
  if (!answer) {
    Failure failure = no_answer(Exchange::kContainer, answer.error());
    failure.message = "GET " + target.url + ": " + failure.message;
    co_return failure;
  }
  if (answer->status != 200) co_return judge(*answer, host);
  if (const auto json = JsonReader::parse(answer->body)) {
    input.caller.arn = json->text({"RoleArn"}).value_or("");
  }
  auto credentials = read_credentials_json(answer->body);
  if (credentials) credentials->origin = "container:" + host;
  co_return credentials;
}

}  // namespace wif::auth
