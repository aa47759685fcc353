#include "tests/sandbox/failures.h"

#include <algorithm>

namespace sandbox {
namespace {

Response silence(After after) {
  Response response;
  response.raw = "";
  response.after = after;
  return response;
}

std::optional<Response> answer_of(const Failure& failure) {
  switch (failure.kind) {
    case Failure::Kind::kPassOn: return std::nullopt;
    case Failure::Kind::kClose: return silence(After::kClose);
    case Failure::Kind::kReset: return silence(After::kReset);
    case Failure::Kind::kNoAnswer: return silence(After::kHang);
    case Failure::Kind::kAnswer: break;
  }
  Response response;
  response.status = failure.status;
  response.headers = failure.headers;
  response.body = failure.body;
  if (find_header(response.headers, "content-type").empty() && !failure.body.empty()) {
    const char first = failure.body.front();
    response.headers.emplace_back("Content-Type", first == '{'   ? "application/json"
                                                  : first == '<' ? "text/xml"
                                                                 : "text/plain");
  }
  return response;
}

}  // namespace

void Failures::add(const std::string& service, Failure failure) {
  const std::lock_guard lock(mutex_);
  failures_[service].push_back(std::move(failure));
}

void Failures::clear(const std::string& service) {
  const std::lock_guard lock(mutex_);
  if (service.empty()) {
    failures_.clear();
  } else {
    failures_.erase(service);
  }
}

std::optional<Response> Failures::take(const std::string& service, const Request& request,
                                       std::chrono::milliseconds& delay) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(service);
  if (found == failures_.end()) return std::nullopt;
  std::vector<Failure>& list = found->second;
  const auto first = std::find_if(list.begin(), list.end(), [&](const Failure& failure) {
    return request.target.compare(0, failure.target_prefix.size(), failure.target_prefix) == 0;
  });
  if (first == list.end()) return std::nullopt;
  delay = first->delay;
  std::optional<Response> answer = answer_of(*first);
  if (first->count > 0 && --first->count == 0) list.erase(first);
  if (answer) answer->delay = delay;
  return answer;
}

Handler Failures::failing(std::string service, Handler next) {
  return [this, service = std::move(service), next = std::move(next)](Request& request) {
    std::chrono::milliseconds delay{0};
    if (std::optional<Response> answer = take(service, request, delay)) return *std::move(answer);
    Response response = next(request);
    response.delay += delay;
    return response;
  };
}

}  // namespace sandbox
