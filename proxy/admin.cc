#include "proxy/admin.h"

#include <utility>

namespace wif::proxy {
namespace {

constexpr std::string_view kJson = "application/json";

SmallResponse json_reply(int status, std::string body) {
  SmallResponse response(status, std::string(kJson), std::move(body) + "\n");
  response.headers.emplace_back("cache-control", "no-store");
  return response;
}

SmallResponse not_allowed(std::string allowed) {
  SmallResponse response = json_reply(405, R"({"error":"method not allowed"})");
  response.headers.emplace_back("allow", std::move(allowed));
  return response;
}

SmallResponse readiness_reply(const Readiness& readiness) {
  return json_reply(readiness.ready() ? 200 : 503, readiness_json(readiness));
}

SmallResponse metrics_reply(const AdminSnapshot& snapshot, const SmallRequest& request) {
  const auto format = metrics_format(request.headers.find("accept").value_or(""));
  return SmallResponse(200, std::string(content_type(format)),
                       render_metrics(snapshot.metrics, format));
}

Task<SmallResponse> answer(const AdminView& view, const SmallRequest& request) {
  const std::string_view path = request.path;
  if (path == "/quitquitquit" && view.quit) {
    if (request.method != "POST") co_return not_allowed("POST");
    view.quit();
    co_return json_reply(200, R"({"draining":true})");
  }
  if (request.method != "GET" && request.method != "HEAD") co_return not_allowed("GET, HEAD");
  // That the loop answers is all there is to say: it must not depend on AWS or Google (R-9.2).
  if (path == "/healthz") co_return json_reply(200, R"({"alive":true})");
  if (path == "/readyz") co_return readiness_reply(view.readiness());
  if (path == "/metrics" || path == "/status") {
    const AdminSnapshot snapshot = co_await view.gather();
    if (path == "/metrics") co_return metrics_reply(snapshot, request);
    co_return json_reply(200, status_json(snapshot));
  }
  co_return json_reply(404, R"({"error":"not found"})");
}

struct Handler {
  AdminView view;
  Task<SmallResponse> operator()(const SmallRequest& request) const {
    return answer(view, request);
  }
};

}  // namespace

bool Readiness::ready() const { return reasons().empty(); }

std::vector<std::string_view> Readiness::reasons() const {
  std::vector<std::string_view> reasons;
  if (!listening) reasons.push_back("listeners");
  if (!ca_exported) reasons.push_back("ca");
  if (draining) reasons.push_back("draining");
  if (token_required && !has_token) reasons.push_back("token");
  return reasons;
}

SmallHandler make_admin_handler(AdminView view) { return Handler{std::move(view)}; }

}  // namespace wif::proxy
